/**
 * `npm run bench`: measures what tracking a task costs and compares it with the targets.
 *
 *   --only P1,P2    rows to measure (default: all); effect and autometrics are rows that only compare
 *   --processes N   processes a plan (default 6, the fewest for a 95 % interval)
 *   --quick         2 short processes, no million tasks: a look, not a measurement
 *   --check         exit code 1 when a Must is missed by its whole interval
 *   --json FILE     writes every sample
 *   --docs          writes docs/performance.md, or with another Node.js than 20 docs/performance-node-NN.md
 *
 * Works on the built package. Exit code 2: the options were wrong or a plan failed.
 */
import { fork } from "node:child_process";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import type { ChildRequest, ChildResult } from "./child.ts";
import { compileBench } from "./compile.ts";
import { describeEnvironment } from "./environment.ts";
import type { PlanName } from "./plans.ts";
import { writePage } from "./page.ts";
import { reportAsText, type Report } from "./report.ts";
import { rows, type Row } from "./target.ts";
import { heapSizes, targets } from "./targets.ts";
import { judge } from "./verdict.ts";

/** The fewest processes whose range is a 95 % confidence interval of the median. */
const fullProcesses = 6;

interface Options {
  readonly rows: readonly Row[];
  readonly processes: number;
  readonly quick: boolean;
  readonly check: boolean;
  readonly jsonFile: string | undefined;
  readonly docs: boolean;
}

function readOptions(): Options {
  const { values } = parseArgs({
    options: {
      only: { type: "string" },
      processes: { type: "string" },
      quick: { type: "boolean", default: false },
      check: { type: "boolean", default: false },
      json: { type: "string" },
      docs: { type: "boolean", default: false },
    },
  });
  const processes = Number(values.processes ?? (values.quick ? 2 : fullProcesses));
  if (!Number.isInteger(processes) || processes < 1) {
    throw new TypeError(`--processes takes a whole number from 1, got "${values.processes}"`);
  }
  if ((values.check || values.docs) && (values.quick || processes < fullProcesses)) {
    throw new TypeError(`--check and --docs need at least ${fullProcesses} full processes`);
  }
  return {
    rows: values.only?.split(",").map(readRow) ?? rows,
    processes,
    quick: values.quick,
    check: values.check,
    jsonFile: values.json,
    docs: values.docs,
  };
}

function readRow(text: string): Row {
  const row = rows.find((candidate) => candidate.toLowerCase() === text.trim().toLowerCase());
  if (row === undefined) throw new TypeError(`--only takes rows of ${rows.join(", ")}, got "${text}"`);
  return row;
}

function requestFor(plan: PlanName, processIndex: number, quick: boolean): ChildRequest {
  return {
    plan,
    time: {
      rounds: quick ? 7 : 21,
      sampleMs: quick ? 15 : 40,
      warmUpMs: quick ? 200 : 600,
      rotation: processIndex,
    },
    batch: { rounds: quick ? 3 : 9, rotation: processIndex },
    heap: {
      sizes: Object.values(heapSizes).map((size) => (quick ? size / 10 : size)),
    },
  };
}

/** Measures one plan in a fresh process, without the loader and the options of ours. */
async function runChild(childFile: string, request: ChildRequest): Promise<ChildResult> {
  const { NODE_OPTIONS: _, ...env } = process.env;
  const child = fork(childFile, [], {
    execArgv: ["--expose-gc", "--max-old-space-size=4096"],
    env,
  });
  let result: ChildResult | undefined;
  child.once("message", (message) => {
    result = message as ChildResult;
  });
  child.send(request);
  const [exitCode] = (await once(child, "exit")) as [number | null];
  if (exitCode !== 0 || result === undefined) {
    throw new Error(`plan ${request.plan} failed in its process (exit code ${exitCode})`);
  }
  return result;
}

async function main(): Promise<void> {
  const options = readOptions();
  const environment = await describeEnvironment();
  const childFile = await compileBench();
  const wanted = targets.filter(({ row }) => options.rows.includes(row));
  const plans = [...new Set(wanted.map(({ plan }) => plan))];
  const results: ChildResult[] = [];
  for (let index = 0; index < options.processes; index += 1) {
    for (const plan of plans) {
      process.stderr.write(`process ${index + 1} of ${options.processes}: ${plan}\n`);
      results.push(await runChild(childFile, requestFor(plan, index, options.quick)));
    }
  }
  const report: Report = {
    environment,
    processes: options.processes,
    quick: options.quick,
    targets: judge(wanted, results),
    results,
  };
  console.log(reportAsText(report));
  if (options.jsonFile !== undefined)
    await writeFile(options.jsonFile, `${JSON.stringify(report, null, 2)}\n`);
  if (options.docs) await writePage(report);
  const missed = report.targets.filter(({ verdict }) => verdict === "missed");
  if (options.check && missed.length > 0) {
    const held = report.targets.filter(({ target }) => target.must !== undefined);
    console.error(`\n${missed.length} of ${held.length} targets are missed.`);
    process.exitCode = 1;
  }
}

try {
  await main();
} catch (error) {
  console.error(error instanceof TypeError ? error.message : error);
  process.exitCode = 2;
}

// Fire drills: causes a failure in the demo, on a real Prometheus and Alertmanager, and shows that its alert arrives and
// resolves. See docs/drills.md.
//
//   npm run drill                            lists them
//   npm run drill -- slow-leak stuck-task    runs some
//   npm run drill -- --all                   runs all
import Table from "cli-table3";
import { Command, CommanderError, InvalidArgumentError } from "commander";
import { StopRequest } from "../examples/demo/stop-request.ts";
import { DrillError } from "./drill-error.ts";
import { drillList } from "./drill-list.ts";
import type { Drill } from "./drill.ts";
import { findPrograms } from "./programs.ts";
import { Rig } from "./rig.ts";
import type { DrillResult } from "./run-drill.ts";
import { runDrills } from "./run-drills.ts";

const isSource = import.meta.url.endsWith(".ts");
const commandName = isSource ? "npm run drill --" : "taskscope drill";

const EXIT_FAILED = 1;
const EXIT_USAGE = 2;
const EXIT_INTERRUPTED = 130;
const plain = { head: [], border: [], compact: true };

interface Flags {
  readonly all: boolean;
  readonly json: boolean;
  readonly keep: boolean;
  readonly atOnce: number;
}

function parseAtOnce(text: string): number {
  if (/^\d+$/.test(text) && Number(text) >= 1 && Number(text) <= 32) return Number(text);
  throw new InvalidArgumentError("It takes a whole number from 1 to 32.");
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

function list(json: boolean): void {
  if (json)
    return print(
      JSON.stringify(
        drillList.map(({ name, alert, cause }) => ({ name, alert, cause })),
        null,
        2,
      ),
    );
  const table = new Table({ head: ["drill", "alert", "cause"], style: plain });
  for (const { name, alert, cause } of drillList) table.push([name, alert, cause]);
  print(table.toString());
  print(`${commandName} <drill>... runs some, ${commandName} --all runs all; --help says more`);
}

function summary(results: readonly DrillResult[]): string {
  const head = ["drill", "alert", "arrived after", "resolved after", ""];
  const table = new Table({ head, style: plain, colAligns: ["left", "left", "right", "right", "left"] });
  const seconds = (value: number | undefined): string =>
    value === undefined ? "-" : `${value.toFixed(1)} s`;
  for (const { drill, alert, arrivedAfterSeconds, resolvedAfterSeconds, trouble } of results) {
    table.push([drill, alert, seconds(arrivedAfterSeconds), seconds(resolvedAfterSeconds), trouble ?? "ok"]);
  }
  return table.toString();
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}

/** Runs them, and gives the exit code. A signal ends every process that was started. */
async function run(drills: readonly Drill[], flags: Flags): Promise<number> {
  const programs = findPrograms();
  if (typeof programs === "string") throw new DrillError(programs);
  const stopping = new AbortController();
  const { signal } = stopping;
  const stop = new StopRequest();
  stop.listen();
  void stop.reason.then((reason) => stopping.abort(new DrillError(reason)));
  // With --json the standard output is the result and nothing else.
  const say = flags.json ? (line: string) => void process.stderr.write(`${line}\n`) : print;
  let rig: Rig | undefined;
  try {
    rig = await Rig.start(programs, signal);
    say(`Prometheus: ${rig.prometheusUrl}, Alertmanager: ${rig.alertmanagerUrl}, an hour passes in a minute`);
    const results = await runDrills(drills, { rig, say, signal }, flags.atOnce);
    print(flags.json ? JSON.stringify(results, null, 2) : summary(results));
    if (flags.keep) {
      say("Prometheus and Alertmanager go on until Ctrl-C");
      await aborted(signal);
    }
    return results.every(({ ok }) => ok) ? 0 : EXIT_FAILED;
  } catch (error) {
    if (!signal.aborted) throw error;
    say("interrupted: ending what was started");
    return EXIT_INTERRUPTED;
  } finally {
    await rig?.close();
  }
}

function readCommand(argv: readonly string[]): { readonly drills: readonly Drill[]; readonly flags: Flags } {
  const command = new Command(isSource ? "drill" : "taskscope drill")
    .description(
      "Causes failures in the demo and shows that their alerts arrive and resolve. Lists them without a name.",
    )
    .usage(isSource ? "-- [options] [drill...]" : "[options] [drill...]")
    .argument("[drill...]", "which to run")
    .option("--all", "run every drill", false)
    .option("--json", "print the list or the results as JSON; progress goes to standard error", false)
    .option("--keep", "leave Prometheus and Alertmanager running afterwards, until Ctrl-C", false)
    .option("--at-once <number>", "drills that run side by side, at most", parseAtOnce, 4)
    .exitOverride()
    .parse(argv);
  const flags = command.opts<Flags>();
  if (flags.all && command.args.length > 0) command.error("error: name drills, or take --all, not both");
  const unknown = command.args.find((name) => !drillList.some((drill) => drill.name === name));
  if (unknown !== undefined)
    command.error(
      `error: there is no drill '${unknown}'; there are ${drillList.map(({ name }) => name).join(", ")}`,
    );
  return { drills: drillList.filter(({ name }) => flags.all || command.args.includes(name)), flags };
}

try {
  const { drills, flags } = readCommand(process.argv);
  if (drills.length === 0) list(flags.json);
  else process.exitCode = await run(drills, flags);
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : EXIT_USAGE;
  else {
    process.exitCode = EXIT_FAILED;
    console.error(error instanceof DrillError ? `drill: ${error.message}` : error);
  }
}

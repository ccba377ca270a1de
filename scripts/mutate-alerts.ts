/**
 * Changes each alert rule in every way that should matter and says which changes the unit tests do not notice.
 *
 *   npm run alerts:mutate            all mutants; ends with exit code 1 if one survives
 *   npm run alerts:mutate -- Leak    those whose title contains the word
 */
import { execFile } from "node:child_process";
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parse, stringify } from "yaml";
import { mutantsOf } from "./rule-mutants.ts";
import type { Group, Mutant } from "./rule-mutants.ts";

const alertsFolder = fileURLToPath(new URL("../alerts", import.meta.url));
const testsFolder = join(alertsFolder, "tests");
const promtool = process.env["PROMTOOL"] ?? "promtool";

/** Every mutant of the rules that ship. */
export function shippedMutants(): Mutant[] {
  const text = readFileSync(join(alertsFolder, "taskscope.rules.yml"), "utf8");
  return mutantsOf((parse(text) as { groups: Group[] }).groups);
}

/** The unit tests that name one of the alerts. */
function testsOf(alerts: readonly string[]): string[] {
  return readdirSync(testsFolder)
    .filter((file) => file.endsWith(".test.yml"))
    .filter((file) => {
      const text = readFileSync(join(testsFolder, file), "utf8");
      return alerts.some((alert) => text.includes(`alertname: ${alert}\n`));
    });
}

/** Whether promtool accepts the rules and passes the tests. Rejects when it cannot be run. */
async function passes(folder: string, file: string): Promise<boolean> {
  return await new Promise((resolve, reject) => {
    execFile(promtool, ["test", "rules", file], { cwd: folder }, (error) => {
      if (error !== null && typeof error.code === "string") reject(error);
      else resolve(error === null);
    });
  });
}

/** The titles of those mutants that every test passes. Each is tried in a folder of its own. */
export async function survivorsOf(mutants: readonly Mutant[]): Promise<string[]> {
  const top = mkdtempSync(join(tmpdir(), "taskscope-mutants-"));
  const survivors: string[] = [];
  const waiting = mutants.entries();
  const work = async (): Promise<void> => {
    for (const [index, { title, group, alerts }] of waiting) {
      const tests = join(top, String(index), "tests");
      mkdirSync(tests, { recursive: true });
      cpSync(testsFolder, tests, { recursive: true });
      writeFileSync(join(top, String(index), "taskscope.rules.yml"), stringify({ groups: [group] }));
      let survives = true;
      for (const file of testsOf(alerts)) {
        if (survives) survives = await passes(tests, file);
      }
      if (survives) survivors.push(title);
      rmSync(join(top, String(index)), { recursive: true });
    }
  };
  try {
    await Promise.all(Array.from({ length: availableParallelism() }, work));
  } finally {
    rmSync(top, { recursive: true, force: true });
  }
  return survivors;
}

async function main(): Promise<void> {
  const [word = ""] = process.argv.slice(2);
  const mutants = shippedMutants().filter(({ title }) => title.includes(word));
  const survivors = await survivorsOf(mutants);
  for (const title of survivors) console.error(`survived: ${title}`);
  console.log(`${String(mutants.length - survivors.length)} of ${String(mutants.length)} mutants killed`);
  if (survivors.length > 0 || mutants.length === 0) process.exitCode = 1;
}

const entry = process.argv[1];
if (entry !== undefined && realpathSync(entry) === fileURLToPath(import.meta.url)) await main();

/**
 * `npm run test:matrix`: runs the tests of the last commit with each Node.js and each OpenTelemetry that the package
 * takes, one after the other, and says how they did.
 *
 *   --only node24,otel3   Node.js 24 with OpenTelemetry 3.x; node22,node24 is both of them with either (default: all)
 *   --filter test/node    paths that the test files have to contain (default: all)
 *
 * Each combination is tested in a copy of its own, which is gone afterwards, whatever happens. Exit code 1: something
 * failed; 2: the options were wrong.
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, realpathSync, rmSync } from "node:fs";
import { constants, tmpdir } from "node:os";
import { join } from "node:path";
import Table from "cli-table3";
import { Command, InvalidArgumentError } from "commander";
import { chooseCombinations, combinations } from "./matrix/combinations.ts";
import type { Combination } from "./matrix/combinations.ts";
import { killCommand } from "./matrix/command.ts";
import { runTests } from "./matrix/test-run.ts";

interface Options {
  readonly only?: readonly Combination[];
  readonly filter?: readonly string[];
}

function readOnly(text: string): readonly Combination[] {
  try {
    return chooseCombinations(text.split(","));
  } catch (error) {
    throw error instanceof RangeError ? new InvalidArgumentError(error.message) : error;
  }
}

const { only = combinations, filter = [] } = new Command("test-matrix")
  .description(
    "Runs the tests of the last commit with each Node.js and each OpenTelemetry that the package takes.",
  )
  .option("--only <words>", `of ${combinations.map(({ words }) => words.join(",")).join(" ")}`, readOnly)
  .option("--filter <paths...>", "run the test files whose paths contain one of these")
  .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : 2))
  .parse()
  .opts<Options>();

const folder = mkdtempSync(join(realpathSync(tmpdir()), "taskscope-matrix-"));
process.on("exit", () => {
  killCommand();
  rmSync(folder, { recursive: true, force: true, maxRetries: 10 });
});
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  // Not once: npm and a terminal may both pass a signal on, and the second must not stop the clearing up.
  process.on(signal, () => process.exit(128 + constants.signals[signal]));
}

const uncommitted = execFileSync("git", ["status", "--porcelain"], { encoding: "utf8" });
if (uncommitted !== "") console.error("What is not committed is not tested.");

const table = new Table({
  head: ["Node.js", "OpenTelemetry", "passed", "failed", "skipped", "minutes"],
  style: { head: [], border: [], compact: true },
  colAligns: ["left", "left", "right", "right", "right", "right"],
});
for (const combination of only) {
  console.error(`${combination.words.join(", ")} ...`);
  const startedMs = performance.now();
  const { passed, failed, skipped, failures } = await runTests(combination, filter, folder);
  for (const failure of failures) console.error(`\n${combination.words.join(", ")}: ${failure}\n`);
  const minutes = (performance.now() - startedMs) / 60_000;
  const sdk = combination.packages["@opentelemetry/sdk-metrics"] ?? "2.x";
  table.push([combination.nodeVersion, sdk, passed, failed, skipped, minutes.toFixed(1)]);
  if (failed > 0) process.exitCode = 1;
}
console.log(table.toString());

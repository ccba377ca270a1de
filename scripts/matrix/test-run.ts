import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Combination } from "./combinations.ts";
import { runCommand } from "./command.ts";

/** What came out of the tests of one combination. */
export interface TestRun {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  /** What failed, and how: a text of one or more lines each. */
  readonly failures: readonly string[];
}

/** The part of Vitest's JSON report that is read. */
interface Report {
  readonly numPassedTests: number;
  readonly numPendingTests: number;
  readonly numTodoTests: number;
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    readonly message: string;
    readonly assertionResults: readonly {
      readonly status: string;
      readonly fullName: string;
      readonly failureMessages: readonly string[];
    }[];
  }[];
}

/** What npm tells the scripts it runs of the project they run in. */
const ofThisProject =
  /^(?:npm_(?:package|lifecycle)_.*|npm_(?:execpath|node_execpath|command)|npm_config_(?:local_)?prefix|INIT_CWD|NODE|NODE_OPTIONS)$/;

const root = fileURLToPath(new URL("../../", import.meta.url));

class CommandError extends Error {}

/** Makes, in `folder`, what the tests of a combination need, runs them, and takes it away again. */
export async function runTests(
  { words, nodeVersion, packages }: Combination,
  filters: readonly string[],
  folder: string,
): Promise<TestRun> {
  const copy = join(folder, words.join("-"));
  const temporary = join(folder, "tmp");
  mkdirSync(temporary, { recursive: true });
  const environment = Object.entries(process.env).filter(([name]) => !ofThisProject.test(name));
  const env: NodeJS.ProcessEnv = { ...Object.fromEntries(environment), TMPDIR: temporary, NO_COLOR: "1" };
  const run = async (cwd: string, program: string, ...args: readonly string[]): Promise<void> => {
    const { exitCode, output } = await runCommand(program, args, { cwd, env });
    if (exitCode !== 0) throw new CommandError(`${[program, ...args].join(" ")}\n${lastLines(output)}`);
  };
  const install = async (cwd: string, ...args: readonly string[]): Promise<void> =>
    run(cwd, "npm", "install", "--no-audit", "--no-fund", "--prefer-offline", ...args);
  try {
    const binaries = await installNode(folder, nodeVersion, install);
    env["PATH"] = `${binaries}${delimiter}${process.env["PATH"] ?? ""}`;
    await run(folder, "git", "clone", "--quiet", "--shared", "--no-tags", root, copy);
    await install(copy);
    const named = Object.entries(packages).map(([name, version]) => `${name}@${version}`);
    if (named.length > 0) await install(copy, "--no-save", ...named);
    await run(copy, "npm", "run", "build");

    const reportFile = join(temporary, "report.json");
    const vitest = ["node_modules/vitest/vitest.mjs", "run", "--reporter=default", "--reporter=json"];
    const { exitCode, output } = await runCommand(
      join(binaries, "node"),
      [...vitest, `--outputFile.json=${reportFile}`, ...filters],
      { cwd: copy, env },
    );
    const report = existsSync(reportFile)
      ? (JSON.parse(readFileSync(reportFile, "utf8")) as Report)
      : undefined;
    return resultOf(report, exitCode, output, copy);
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    return { passed: 0, failed: 1, skipped: 0, failures: [error.message] };
  } finally {
    for (const made of [copy, temporary]) rmSync(made, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** Installs Node.js once for all combinations that have it. Gives the folder of its executable. */
async function installNode(
  folder: string,
  version: string,
  install: (cwd: string, ...args: readonly string[]) => Promise<void>,
): Promise<string> {
  // The package `node` fetches one of these in a script, and npm is about to run no scripts that nobody allowed.
  const { platform, arch } = process;
  const name = `${platform === "darwin" && arch === "arm64" ? "node-bin" : "node"}-${platform}-${arch}`;
  const home = join(folder, `node-${version}`);
  const binaries = join(home, "node_modules", name, "bin");
  if (!existsSync(binaries)) {
    mkdirSync(home, { recursive: true });
    await install(home, "--no-save", "--prefix", home, `${name}@${version}`);
  }
  return binaries;
}

function resultOf(
  report: Report | undefined,
  exitCode: number | null,
  output: string,
  copy: string,
): TestRun {
  const failures: string[] = [];
  for (const { name, status, message, assertionResults } of report?.testResults ?? []) {
    const file = name.replace(`${copy}/`, "");
    const failed = assertionResults.filter((result) => result.status === "failed");
    for (const { fullName, failureMessages } of failed) {
      failures.push(`${file} > ${fullName}\n${failureMessages.join("\n")}`);
    }
    if (status === "failed" && failed.length === 0) failures.push(`${file}\n${message}`);
  }
  // An error outside every test, or a filter that no test matches.
  if (exitCode !== 0 && failures.length === 0) failures.push(lastLines(output));
  return {
    passed: report?.numPassedTests ?? 0,
    failed: failures.length,
    skipped: (report?.numPendingTests ?? 0) + (report?.numTodoTests ?? 0),
    failures,
  };
}

const lastLines = (text: string): string => text.trimEnd().split("\n").slice(-30).join("\n");

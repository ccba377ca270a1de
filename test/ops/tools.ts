import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A program that the tests run but that npm does not install. */
export interface Tool {
  readonly name: string;
  /** What to execute: the value of the environment variable, else the name, found in PATH. */
  readonly command: string;
  readonly missing: boolean;
  /** A title for the tests that need it; says how to get it when it is missing. */
  title(text: string): string;
  run(args: readonly string[], options?: { cwd?: string }): { ok: boolean; output: string };
}

function runCommand(command: string, args: readonly string[], cwd?: string): { ok: boolean; output: string } {
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    encoding: "utf8",
    ...(cwd === undefined ? {} : { cwd }),
  });
  return { ok: status === 0, output: error === undefined ? `${stdout}${stderr}` : error.message };
}

function findTool(
  name: string,
  variable: string,
  install: string,
  usable: RegExp,
  required: boolean,
  versionFlag = "--version",
): Tool {
  const command = process.env[variable] ?? name;
  const version = runCommand(command, [versionFlag]);
  const missing = !version.ok || !usable.test(version.output);
  const hint = `${name} is missing: ${install}, or set ${variable} to its path`;
  if (missing && required && process.env["CI"]) throw new Error(hint);
  if (missing) console.warn(`Skipped: ${hint}.`);
  return {
    name,
    command,
    missing,
    title: (text) => (missing ? `${text} (${hint})` : text),
    run: (args, options) => runCommand(command, args, options?.cwd),
  };
}

/** Required in CI; elsewhere its tests are skipped with a word on how to get it. */
export const promtool: Tool = findTool(
  "promtool",
  "PROMTOOL",
  "apt-get install prometheus",
  /promtool/,
  true,
);

/** Never required: Debian 12 has none. Prometheus 3 reads some rules differently from version 2. */
export const promtool3: Tool = findTool(
  "promtool3",
  "PROMTOOL3",
  "unpack a promtool of version 3 (alerts/README.md says how)",
  /promtool, version 3\./,
  false,
);

/** Required in CI; elsewhere its tests are skipped with a word on how to get it. */
export const amtool: Tool = findTool(
  "amtool",
  "AMTOOL",
  "apt-get install prometheus-alertmanager",
  /amtool/,
  true,
);

/** Never required: needs version 2, which not every distribution packages. */
export const dockerCompose: Tool = findTool(
  "docker-compose",
  "DOCKER_COMPOSE",
  "install Docker Compose 2",
  /version v?[2-9]/i,
  false,
);

/** A folder that exists while `use` runs. */
export async function withFolder<T>(use: (folder: string) => T | Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), "taskscope-ops-"));
  try {
    return await use(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The browser that the console is tested in. Required in CI; elsewhere its tests are skipped with a word on how to get it. */
export const chromium: Tool = findTool(
  "chromium",
  "CHROMIUM",
  "apt-get install chromium",
  /chrom(e|ium)/i,
  true,
);

/** Required in CI; elsewhere its tests are skipped with a word on how to get it. `TMUX` is a variable of its own. */
export const tmux: Tool = findTool("tmux", "TMUX_BIN", "apt-get install tmux", /^tmux \d/, true, "-V");

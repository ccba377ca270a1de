import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, sep } from "node:path";
import { afterAll, beforeAll, onTestFinished } from "vitest";
import { manifest } from "../package/manifest.ts";
import { makeConsumer } from "../package/packed.ts";

/** How a run of the command ended. */
export interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly errors: string;
}

export type RunCommand = (...args: readonly string[]) => Ended;

/** Installs the packed package for the tests of a file; what it gives runs the command that was installed. */
export function installCommand(): RunCommand {
  let consumer = "";
  beforeAll(() => {
    consumer = makeConsumer(...Object.keys(manifest.dependencies ?? {}));
  });
  afterAll(() => rmSync(consumer, { recursive: true, force: true }));
  return (...args) => {
    const home = join(consumer, "node_modules", manifest.name);
    const { bin } = JSON.parse(readFileSync(join(home, "package.json"), "utf8")) as {
      bin: Record<string, string>;
    };
    const { NODE_OPTIONS: _ours, ...env } = process.env;
    const command = [join(home, bin["taskscope"] ?? ""), ...args];
    const { status, stdout, stderr } = spawnSync(process.execPath, command, {
      cwd: consumer,
      env,
      encoding: "utf8",
    });
    return { code: status, out: stdout, errors: stderr };
  };
}

/** An empty folder that exists until the test ends. */
export function emptyFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "taskscope-init-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Every file below a folder, its text by its path, with slashes. */
export function readFolder(folder: string): Map<string, string> {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  );
  return new Map(
    files
      .map((entry) => join(entry.parentPath, entry.name))
      .toSorted()
      .map((path) => [path.slice(folder.length + 1).replaceAll(sep, "/"), readFileSync(path, "utf8")]),
  );
}

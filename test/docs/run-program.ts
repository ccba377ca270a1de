import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** How a program ended, and what it printed. */
export interface ProgramEnd {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Runs the code of a page as a program of its own. `sources` says where the packages are that it imports; those of Node are
 * there anyway.
 */
export function runProgram(
  code: string,
  sources: Readonly<Record<string, string>>,
  fileName = "example.mts",
): ProgramEnd {
  const folder = mkdtempSync(join(tmpdir(), "taskscope-docs-"));
  try {
    const path = join(folder, fileName);
    const program = code.replaceAll(
      /( from |import\()"([^"]+)"/g,
      (_, before: string, name: string) => `${before}${JSON.stringify(sources[name] ?? name)}`,
    );
    writeFileSync(path, program);
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      ["--import", import.meta.resolve("tsx"), path],
      { encoding: "utf8", env: { ...process.env, NODE_OPTIONS: "" } },
    );
    return { status, stdout, stderr };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

import { lstatSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { createTwoFilesPatch } from "diff";
import { CommandError } from "./command-error.ts";
import { hashOf } from "./init-manifest.ts";
import type { InitManifest } from "./init-manifest.ts";

/** What would become of one file. */
export interface FileChange {
  readonly path: string;
  readonly kind: "created" | "updated" | "removed" | "unchanged";
  /** What is there now; `undefined` where nothing is. */
  readonly before: string | undefined;
  /** What will be there; `undefined` where nothing will. */
  readonly after: string | undefined;
  /** Whether what is there was written by somebody else, or changed since: lost only by `--force`. */
  readonly isForeign: boolean;
}

/** Compares what is planned, and what was written before, with what is there. Reads only. */
export function compareFiles(
  folder: string,
  planned: ReadonlyMap<string, string>,
  manifest: InitManifest | undefined,
): FileChange[] {
  const written = new Map(Object.entries(manifest?.files ?? {}));
  const paths = new Set([...planned.keys(), ...written.keys()]);
  return [...paths].toSorted().flatMap((path): FileChange[] => {
    const before = readIfThere(folder, path);
    const after = planned.get(path);
    if (before === undefined && after === undefined) return [];
    if (before === after) return [{ path, kind: "unchanged", before, after, isForeign: false }];
    const kind = before === undefined ? "created" : after === undefined ? "removed" : "updated";
    const isForeign = before !== undefined && hashOf(before) !== written.get(path);
    return [{ path, kind, before, after, isForeign }];
  });
}

/** A change as a unified diff. */
export function diffOf({ path, kind, before, after }: FileChange): string {
  const from = kind === "created" ? "/dev/null" : `a/${path}`;
  const to = kind === "removed" ? "/dev/null" : `b/${path}`;
  return createTwoFilesPatch(from, to, before ?? "", after ?? "", undefined, undefined, { context: 3 })
    .replace(/^=+\n/, "")
    .trimEnd();
}

/** Makes the changes. Each file is whole at every moment: it is written beside its place and then put there. */
export function applyChanges(folder: string, changes: readonly FileChange[]): void {
  for (const { path, kind, after } of changes) {
    if (kind !== "unchanged") writeFile(folder, path, after);
  }
}

/** Puts a text where `path` leads, or removes what is there. Throws a `CommandError` when the system refuses. */
export function writeFile(folder: string, path: string, text: string | undefined): void {
  const target = join(folder, path);
  const beside = `${target}.${process.pid}.tmp`;
  try {
    if (text === undefined) rmSync(target);
    else {
      mkdirSync(dirname(target), { recursive: true });
      writeFileSync(beside, text);
      renameSync(beside, target);
    }
  } catch (error) {
    rmSync(beside, { force: true });
    throw new CommandError(`cannot write ${target}: ${(error as Error).message}`, undefined, {
      cause: error,
    });
  }
}

function readIfThere(folder: string, path: string): string | undefined {
  const target = join(folder, path);
  try {
    if (lstatSync(target).isFile()) return readFileSync(target, "utf8");
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === "ENOENT") return undefined;
    throw new CommandError(`cannot read ${target}: ${message}`);
  }
  throw new CommandError(`${target} is in the way: it is no regular file`);
}

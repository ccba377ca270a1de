import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { CommandError } from "./command-error.ts";
import { initOptionNames } from "./init-options.ts";
import type { InitOptions } from "./init-options.ts";

/** What `init` remembers of a folder: the options it was run with, and what it wrote there. */
export interface InitManifest {
  readonly options: InitOptions;
  /** The SHA-256 of each file as it was written. A file that differs belongs to its user. */
  readonly files: Readonly<Record<string, string>>;
}

export const manifestName = ".taskscope-init.json";

export function hashOf(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

/** The manifest's text: the same options and files give the same text. */
export function manifestText(options: InitOptions, files: ReadonlyMap<string, string>): string {
  const kept = Object.fromEntries(
    initOptionNames.filter((name) => options[name] !== undefined).map((name) => [name, options[name]]),
  );
  const hashes = Object.fromEntries([...files].map(([path, text]) => [path, hashOf(text)]));
  return `${JSON.stringify({ generator: "taskscope init", options: kept, files: hashes }, undefined, 2)}\n`;
}

/** The manifest of a folder; `undefined` where there is none. Throws a `CommandError` for one that is damaged. */
export function readManifest(folder: string): InitManifest | undefined {
  const path = join(folder, manifestName);
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw new CommandError(`cannot read ${path}: ${(error as Error).message}`);
  }
  const manifest = parseManifest(text);
  if (manifest !== undefined) return manifest;
  throw new CommandError(`${path} is not what init wrote: restore it, or move it away and run with --force`);
}

function parseManifest(text: string): InitManifest | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!isObject(value) || !isObject(value["options"]) || !isObject(value["files"])) return undefined;
  const files = Object.entries(value["files"]);
  // What stands here may be deleted: nothing outside the folder, whoever wrote the manifest.
  const isInside = files.every(
    ([path, hash]) =>
      typeof hash === "string" &&
      /^[\w.-]+(?:\/[\w.-]+)*$/.test(path) &&
      !path.split("/").some((part) => part === ".." || part === "."),
  );
  const known: readonly string[] = initOptionNames;
  if (!isInside || Object.keys(value["options"]).some((name) => !known.includes(name))) return undefined;
  return { options: value["options"], files: Object.fromEntries(files) as Record<string, string> };
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

import { readFileSync, readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parse } from "yaml";

/** The absolute path of a file of the repository, given from its top. */
export function fromTop(path: string): string {
  return fileURLToPath(new URL(`../../${path}`, import.meta.url));
}

export function readText(path: string): string {
  return readFileSync(fromTop(path), "utf8");
}

/** The caller says what the file holds; the tests are what finds out whether that is true. */
export function readYaml<T>(path: string): T {
  return parse(readText(path), { merge: true }) as T;
}

export function listFiles(folder: string, ending: string): string[] {
  return readdirSync(fromTop(folder))
    .filter((name) => name.endsWith(ending))
    .sort()
    .map((name) => `${folder}/${name}`);
}

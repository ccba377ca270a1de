import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const top = fileURLToPath(new URL("../../", import.meta.url));

/** A text file of the package, given from its top. */
export function readShipped(path: string): string {
  return readFileSync(join(top, path), "utf8");
}

/** The files of a folder of the package, sorted, each with the folder before it. */
export function listShipped(folder: string, ending: string): string[] {
  return readdirSync(join(top, folder))
    .filter((name) => name.endsWith(ending))
    .toSorted()
    .map((name) => `${folder}/${name}`);
}

/** The templates of the alert rules, in the order of the rule file: the head, then the groups. */
export function readRuleTemplates(): string[] {
  const names = ["head", "throughput", "leaks", "failures", "capacity", "monitoring"];
  return names.map((name) => readShipped(`alerts/templates/${name}.yml`));
}

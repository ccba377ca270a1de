/** Writes alerts/taskscope.rules.yml from alerts/templates; with --check, fails if the file is not what it should be. */
import { readFileSync, writeFileSync } from "node:fs";
import { fitRules } from "../src/alerts/index.ts";

const alerts = new URL("../alerts/", import.meta.url);

/** The templates by name, in the order of the file: the head, then the groups. */
const templateNames = ["head", "throughput", "leaks", "failures", "capacity", "monitoring"] as const;

export const templates: readonly string[] = templateNames.map((name) =>
  readFileSync(new URL(`templates/${name}.yml`, alerts), "utf8"),
);

if (process.argv[1] !== undefined && import.meta.url.endsWith(process.argv[1].replaceAll("\\", "/"))) {
  const file = new URL("taskscope.rules.yml", alerts);
  if (!process.argv.includes("--check")) writeFileSync(file, fitRules(templates));
  else if (readFileSync(file, "utf8") !== fitRules(templates)) {
    console.error("alerts/taskscope.rules.yml is not what its templates say: run npm run alerts:rules");
    process.exitCode = 1;
  }
}

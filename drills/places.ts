import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The folder of the package: of the repository, or of what was installed from it. */
export const packageFolder: string = dirname(
  createRequire(import.meta.url).resolve("taskscope/package.json"),
);

/** A file that the package ships. */
export function shippedFile(path: string): string {
  return join(packageFolder, path);
}

/** What node is given to run the demo: its source in the repository, and beside us what was built of it. */
export const demoProgram: readonly string[] = import.meta.url.endsWith(".ts")
  ? ["--import", "tsx", shippedFile("examples/demo/main.ts")]
  : [fileURLToPath(new URL("./demo.js", import.meta.url))];

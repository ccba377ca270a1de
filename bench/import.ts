import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { assertNumber } from "./batch.ts";
import { caseNames, type BatchPlan, type BatchRun } from "./bench-case.ts";

/** P9: loading the package's main entry from files that the process has not loaded before. */
export const importPlan: BatchPlan = {
  measure: "batch",
  cases: [{ name: caseNames.import, items: 1, prepare: copyOfPackage }],
};

/** A copy outside of any `node_modules`: an import of another package's code would fail there. */
async function copyOfPackage(): Promise<BatchRun> {
  const folder = await mkdtemp(join(tmpdir(), "taskscope-import-"));
  const dist = fileURLToPath(new URL(".", import.meta.resolve("taskscope")));
  await cp(dist, join(folder, "dist"), { recursive: true });
  await writeFile(
    join(folder, "package.json"),
    await readFile(new URL("../package.json", pathToFileURL(dist)), "utf8"),
  );
  let loaded: Readonly<Record<string, unknown>> = {};
  return {
    work: async () => {
      loaded = (await import(pathToFileURL(join(folder, "dist/index.js")).href)) as typeof loaded;
    },
    verify: async () => {
      assertNumber("trackers made", typeof loaded["createTracker"] === "function" ? 1 : 0, 1);
      await rm(folder, { recursive: true });
    },
  };
}

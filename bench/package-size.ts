import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { assertNumber } from "./batch.ts";
import type { SizePlan } from "./bench-case.ts";

interface PackReport {
  readonly unpackedSize: number;
  readonly files: readonly { readonly path: string; readonly size: number }[];
}

/** P9: all that the package installs, unpacked, but the live console. */
export const packageSizePlan: SizePlan = { measure: "size", bytes: bytesWithoutConsole };

async function bytesWithoutConsole(): Promise<number> {
  // Without the scripts: prepack would build dist/ afresh, and `npm run bench` has built it.
  const { stdout } = await promisify(execFile)(
    "npm",
    ["pack", "--dry-run", "--json", "--ignore-scripts", "--loglevel=error"],
    { cwd: fileURLToPath(new URL("..", import.meta.resolve("taskscope"))), maxBuffer: 16 * 2 ** 20 },
  );
  const [report] = JSON.parse(stdout) as readonly PackReport[];
  if (report === undefined) throw new Error(`npm pack reported nothing: ${stdout}`);
  const { files, unpackedSize } = report;
  const ofConsole = files.filter(({ path }) => path.startsWith("dist/console/"));
  if (ofConsole.length === 0) throw new Error("the package holds no console to leave out");
  const sum = (sized: readonly { readonly size: number }[]): number =>
    sized.reduce((total, { size }) => total + size, 0);
  assertNumber("the size of all packed files", sum(files), unpackedSize);
  return unpackedSize - sum(ofConsole);
}

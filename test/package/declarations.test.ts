import { spawnSync } from "node:child_process";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { entries, root } from "./manifest.ts";
import { makeConsumer } from "./packed.ts";

/** What these entries take and give are objects of a peer: nobody has a use for them without it. */
const aboutAPeer = ["taskscope/otel", "taskscope/node", "taskscope/prom-client"];

let bare: string;

beforeAll(() => {
  bare = makeConsumer("@types/node");
});

afterAll(() => {
  rmSync(bare, { recursive: true, force: true });
});

test("the declarations of entries that need no peer compile where none is installed", () => {
  const specifiers = entries.map(([specifier]) => specifier).filter((name) => !aboutAPeer.includes(name));
  const program = specifiers.map((name, index) => `export * as entry${index} from "${name}";\n`);
  writeFileSync(join(bare, "program.mts"), program.join(""));
  const options = { module: "nodenext", target: "es2022", strict: true, skipLibCheck: false, noEmit: true };
  const config = { compilerOptions: { ...options, types: ["node"] }, files: ["program.mts"] };
  writeFileSync(join(bare, "tsconfig.json"), JSON.stringify(config));
  const compiler = join(root, "node_modules", "typescript", "bin", "tsc");
  const { stdout, status } = spawnSync(process.execPath, [compiler, "-p", bare], { encoding: "utf8" });
  expect(stdout).toBe("");
  expect(status).toBe(0);
});

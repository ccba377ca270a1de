import { spawnSync } from "node:child_process";
import type { SpawnSyncReturns } from "node:child_process";
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { entries, manifest, root } from "./manifest.ts";
import { makeConsumer } from "./packed.ts";

const openTelemetryApi = "@opentelemetry/api";
/** What these entries are for; the API has no dependencies of its own. Without it they do not load. */
const needOpenTelemetry = ["taskscope/otel", "taskscope/node"];
const needNothing = entries
  .map(([specifier]) => specifier)
  .filter((name) => !needOpenTelemetry.includes(name));

/** A project without any optional peer, and one that has OpenTelemetry's API. */
let bare: string;
let withApi: string;

beforeAll(() => {
  bare = makeConsumer();
  withApi = makeConsumer(openTelemetryApi);
});

afterAll(() => {
  for (const consumer of [bare, withApi]) rmSync(consumer, { recursive: true, force: true });
});

type Format = "module" | "commonjs";

function evaluate(folder: string, format: Format, program: string): SpawnSyncReturns<string> {
  const { NODE_OPTIONS: _ours, ...env } = process.env;
  return spawnSync(process.execPath, [`--input-type=${format}`, "--eval", program], {
    cwd: folder,
    env,
    encoding: "utf8",
  });
}

/** Runs a program in a folder; gives the lines it printed. It must end well and warn of nothing. */
function run(folder: string, format: Format, program: string): readonly string[] {
  const { stderr, stdout, status } = evaluate(folder, format, program);
  expect(stderr).toBe("");
  expect(status).toBe(0);
  return stdout.split("\n").filter((line) => line !== "");
}

const printNames = "console.log(Object.keys(loaded).sort().join('\\n'))";
const imported = (folder: string, specifier: string): readonly string[] =>
  run(folder, "module", `import * as loaded from ${JSON.stringify(specifier)}; ${printNames}`);
const required = (folder: string, specifier: string): readonly string[] =>
  run(folder, "commonjs", `const loaded = require(${JSON.stringify(specifier)}); ${printNames}`);

function expectToLoad(folder: string, specifier: string): void {
  const names = imported(folder, specifier);
  expect(names).not.toEqual([]);
  expect(names).not.toContain("default");
  expect(required(folder, specifier).filter((name) => name !== "__esModule")).toEqual(names);
}

/** The address of every module that comes with `specifier` here, where all that it could look for is installed. */
function loadedBy(specifier: string): readonly string[] {
  const asyncHooks = `
    import { writeSync } from "node:fs";
    export async function resolve(specifier, context, next) {
      const found = await next(specifier, context);
      writeSync(1, found.url + "\\n");
      return found;
    }`;
  // `register` is deprecated on Node 26, and Node 20 has no other.
  return run(
    root,
    "module",
    `import { writeSync } from "node:fs";
     import * as modules from "node:module";
     const { createRequire, register, registerHooks } = modules;
     if (registerHooks === undefined)
       register("data:text/javascript," + encodeURIComponent(${JSON.stringify(asyncHooks)}));
     else
       registerHooks({
         resolve: (specifier, context, next) => {
           const found = next(specifier, context);
           writeSync(1, found.url + "\\n");
           return found;
         },
       });
     await import(${JSON.stringify(specifier)});
     for (const path of Object.keys(createRequire(import.meta.url).cache)) console.log(path);`,
  );
}

describe("the packed package", () => {
  test.each(needNothing)("%s loads by import and by require where no peer is installed", (specifier) => {
    expectToLoad(bare, specifier);
  });

  test.each(needOpenTelemetry)(
    "%s loads by import and by require with OpenTelemetry's API alone",
    (specifier) => {
      expectToLoad(withApi, specifier);
    },
  );

  test.each(needOpenTelemetry)("%s names OpenTelemetry's API where it is missing", (specifier) => {
    const { stderr, status } = evaluate(bare, "module", `import ${JSON.stringify(specifier)};`);
    expect(status).toBe(1);
    expect(stderr).toContain(`Cannot find package '${openTelemetryApi}'`);
  });

  test("nothing but the subpaths can be reached", () => {
    const program = `import("${manifest.name}/dist/index.js").catch((error) => console.log(error.code))`;
    expect(run(bare, "module", program)).toEqual(["ERR_PACKAGE_PATH_NOT_EXPORTED"]);
  });

  test("package.json can be read, as tools do", () => {
    const program = `console.log(require("${manifest.name}/package.json").version)`;
    const home = join(bare, "node_modules", manifest.name);
    const { version } = JSON.parse(readFileSync(join(home, "package.json"), "utf8")) as { version: string };
    expect(run(bare, "commonjs", program)).toEqual([version]);
  });
});

describe("the core, where every optional peer is installed", () => {
  test("loads its own files and node: modules only", () => {
    const own = pathToFileURL(`${root}dist/`).href;
    const loaded = loadedBy(manifest.name);
    expect(loaded.length).toBeGreaterThan(1);
    expect(loaded.filter((url) => !url.startsWith("node:") && !url.startsWith(own))).toEqual([]);
  });

  test("brings in no exporter, no SDK and nothing made for tests", () => {
    expect(loadedBy(manifest.name).filter((url) => /\/dist\/(?:exporters|node|testing)\//.test(url))).toEqual(
      [],
    );
  });
});

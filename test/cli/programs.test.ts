import { mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { findPrograms } from "../../drills/programs.ts";
import { manifest } from "../package/manifest.ts";
import { makeConsumer } from "../package/packed.ts";
import { emptyFolder } from "./installed-command.ts";
import { runtimeFolder } from "./runtime-folder.ts";
import { start } from "./spawned-command.ts";
import type { Spawned } from "./spawned-command.ts";
import { taskscope } from "./typed-command.ts";

/** A drill has bounds of its own. */
const VERY_SLOW = { timeout: 600_000 };

/** Projects that installed the package: without any peer, and with those of the HTTP API. */
let bare: string;
let withHono: string;

beforeAll(() => {
  const dependencies = Object.keys(manifest.dependencies ?? {});
  bare = makeConsumer(...dependencies);
  withHono = makeConsumer(...dependencies, "hono", "@hono/node-server");
});

afterAll(() => {
  for (const consumer of [bare, withHono]) rmSync(consumer, { recursive: true, force: true });
});

/** The installed command, in its project. */
function installed(consumer: string, ...args: readonly string[]): Spawned {
  const command = join(consumer, "node_modules", manifest.name, "dist/cli/main.js");
  return start(args, { command, cwd: consumer, env: { XDG_RUNTIME_DIR: runtimeFolder } });
}

/** Packages for the demo to read: few, so that a start takes no time. */
function somePackages(): string {
  const folder = emptyFolder();
  for (const name of ["one", "two"]) {
    mkdirSync(join(folder, name));
    writeFileSync(
      join(folder, name, "package.json"),
      JSON.stringify({ name, version: "1.0.0", license: "MIT" }),
    );
  }
  return folder;
}

describe("demo", () => {
  test("shows real work from the package alone, and says what the console needs", async () => {
    const packages = somePackages();
    const demo = installed(bare, "demo", "--port", "0", "--packages", packages, "--json");
    // A time stands where one has ended.
    await demo.said(/^ +\d+ s \| .*file-io \d\S* running \S+ p95 \d.*service \d\S* running \S+ p95 \d/m);
    demo.child.kill("SIGINT");
    const { code, out, errors } = await demo.ended;
    expect(code).toBe(0);
    expect(errors).toContain("no console: httpApi() needs the packages hono and @hono/node-server");
    const outcome = JSON.parse(out) as { tasks: { type: string; name: string; completed: number }[] };
    expect(outcome).toMatchObject({
      reason: "SIGINT",
      service: expect.stringMatching(/^http:/) as string,
      alerts: [],
    });
    for (const name of ["read-file", "fetch-package", "serve-package"])
      expect(outcome.tasks.find((task) => task.name === name)?.completed).toBeGreaterThan(0);
  });

  test("has the console with hono, and is found by the command", async () => {
    const demo = installed(withHono, "demo", "--port", "0", "--packages", somePackages());
    const [, url = ""] = await demo.said(/^console: (\S+)\/$/m);
    expect((await fetch(`${url}/`)).headers.get("content-type")).toContain("text/html");
    const { code, out } = await taskscope("ps", "--pid", String(demo.child.pid), "--json");
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ url });
    demo.child.kill("SIGTERM");
    expect((await demo.ended).code).toBe(0);
    const left = readdirSync(join(runtimeFolder, "taskscope"));
    expect(left.filter((name) => name.startsWith(`${demo.child.pid}-`))).toEqual([]);
  });

  test("ends in order when nobody reads on", async () => {
    const demo = installed(bare, "demo", "--port", "0", "--packages", somePackages());
    await demo.said(/^service: /m);
    demo.child.stdout.destroy();
    expect(await demo.ended).toMatchObject({ code: 0, errors: "" });
  });

  test("has options of its own", async () => {
    const { code, out } = await installed(bare, "demo", "--help").ended;
    expect(code).toBe(0);
    expect(out).toMatch(/^Usage: taskscope demo \[options\]\n/);
    expect((await installed(bare, "demo", "--seconds", "soon").ended).code).toBe(2);
  });
});

describe("drill", () => {
  test("lists the drills from the package alone", async () => {
    const { code, out, errors } = await installed(bare, "drill", "--json").ended;
    expect({ code, errors }).toEqual({ code: 0, errors: "" });
    expect(JSON.parse(out)).toContainEqual(
      expect.objectContaining({ name: "stuck-task", alert: "TaskStuck" }),
    );
  });

  test("says what is missing and how to get it", async () => {
    const command = join(bare, "node_modules", manifest.name, "dist/cli/main.js");
    const env = { PATH: bare, PROMETHEUS: undefined, ALERTMANAGER: undefined };
    const { code, out, errors } = await start(["drill", "stuck-task"], { command, env }).ended;
    expect({ code, out }).toEqual({ code: 1, out: "" });
    expect(errors).toMatch(/^drill: missing: prometheus, alertmanager\. Debian has them: apt-get install/);
  });

  test.skipIf(typeof findPrograms() === "string")("runs one from the package alone", VERY_SLOW, async () => {
    const { code, out, errors } = await installed(bare, "drill", "stuck-task", "--json").ended;
    expect(errors).toContain("stuck-task: ok");
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject([{ drill: "stuck-task", alert: "TaskStuck", ok: true }]);
  });
});

test("run without hono says what to install, and does not start the script", async () => {
  const script = join(emptyFolder(), "app.mjs");
  writeFileSync(script, `console.log("started");`);
  const { code, out, errors } = await installed(bare, "run", script).ended;
  expect({ code, out }).toEqual({ code: 1, out: "" });
  expect(errors).toBe(
    "error: httpApi() needs the packages hono and @hono/node-server: npm install hono @hono/node-server\n",
  );
});

test("run takes the package that the script finds", async () => {
  const script = join(withHono, "app.mjs");
  writeFileSync(
    script,
    `
    import { globalTracker } from "taskscope";
    const { status } = await globalTracker().spawn("sum", () => 1).outcome;
    console.log(status);`,
  );
  // The command of a package without hono; the script's has it.
  expect(await installed(bare, "run", script).ended).toMatchObject({ code: 0, out: "completed\n" });
});

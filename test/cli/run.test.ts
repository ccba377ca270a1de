import { writeFileSync } from "node:fs";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { expect, test } from "vitest";
import { root } from "../package/manifest.ts";
import { emptyFolder } from "./installed-command.ts";
import { runtimeFolder } from "./runtime-folder.ts";
import { start } from "./spawned-command.ts";
import { taskscope } from "./typed-command.ts";

/** A script outside of any project: it imports the package by where it is. */
function script(code: string, name = "app.mjs"): string {
  const path = join(emptyFolder(), name);
  writeFileSync(path, code.replaceAll('"taskscope"', JSON.stringify(`${root}dist/index.js`)));
  return path;
}

const env = { XDG_RUNTIME_DIR: runtimeFolder };
const announcement = /^taskscope: the console is at (http:\/\/127\.0\.0\.1:\d+)\/\n$/;

test("a script runs as the main program, with its arguments, and standard output is its own", async () => {
  const path = script(
    `console.log(require.main === module, JSON.stringify(process.argv.slice(1)));
     process.exitCode = 7;`,
    "app.cjs",
  );
  const { code, out, errors } = await start(["run", path, "--port", "5", "-x", "a b", "--help"], { env })
    .ended;
  expect(code).toBe(7);
  expect(out).toBe(`true ${JSON.stringify([path, "--port", "5", "-x", "a b", "--help"])}\n`);
  expect(errors).toMatch(announcement);
});

test("what it wraps with globalTracker() is seen, and it ends when it has nothing more to do", async () => {
  const path = script(`
    import { globalTracker } from "taskscope";
    const stop = globalTracker().wrap({ name: "wait-for-input", type: "ui" }, () =>
      new Promise((resolve) => process.stdin.once("data", resolve)));
    console.log("ready");
    console.log(String(await stop()));`);
  const running = start(["run", "--json", path], { env });
  await running.said(/ready/);
  const [, line = ""] = await running.said(/^(\{.*\})$/m);
  const { url, pid } = JSON.parse(line) as { url: string; pid: number };
  expect(pid).toBe(running.child.pid);
  const listed = await taskscope("ps", url, "--json");
  expect(JSON.parse(listed.out)).toMatchObject({
    total: 1,
    tasks: [{ name: "wait-for-input", type: "ui", state: "running" }],
  });
  expect((await fetch(`${url}/`)).headers.get("content-type")).toContain("text/html");
  expect((await taskscope("cancel", url, "1")).code).toBe(4);
  // A console that is open keeps no process from its end.
  const events = await fetch(`${url}/events`);
  running.child.stdin.end("thanks");
  const { code, out } = await running.ended;
  expect({ code, out }).toEqual({ code: 0, out: "ready\nthanks\n" });
  await events.body?.cancel().catch(() => {});
});

test("the script may add the same plugins itself", async () => {
  const path = script(`
    import { globalTracker } from "taskscope";
    import { httpApi } from ${JSON.stringify(`${root}dist/exporters/http/index.js`)};
    globalTracker().use(httpApi());
    console.log("well");`);
  expect(await start(["run", path], { env }).ended).toMatchObject({ code: 0, out: "well\n" });
});

test.each(["SIGINT", "SIGTERM", "SIGHUP"] as const)("%s is the script's: it ends by it", async (signal) => {
  const running = start(["run", script(`process.stdin.resume(); console.log("ready");`)], { env });
  await running.said(/ready/);
  running.child.kill(signal);
  expect(await running.ended).toMatchObject({ code: null, signal, out: "ready\n" });
});

test("a signal that the script handles comes once", async () => {
  const path = script(`
    let heard = 0;
    process.on("SIGTERM", () => { heard += 1; setTimeout(() => { console.log("heard", heard); process.exit(3); }, 20); });
    process.stdin.resume();
    console.log("ready");`);
  const running = start(["run", path], { env });
  await running.said(/ready/);
  running.child.kill("SIGTERM");
  expect(await running.ended).toMatchObject({ code: 3, out: "ready\nheard 1\n" });
});

test.each([
  ["an error", `throw new Error("boo");`, "app.cjs", 1, /Error: boo/],
  ["an error of a module", `throw new Error("boo");`, "app.mjs", 1, /Error: boo/],
  ["a rejection", `Promise.reject(new Error("boo"));`, "app.mjs", 1, /Error: boo/],
  // Node.js 22 and newer say where it waits, after the announcement.
  ["what will never be", `await new Promise(() => {});`, "app.mjs", 13, /^taskscope: the console is at http/],
] as const)("%s ends it as node would have ended", async (_, code, name, exitCode, errors) => {
  const ended = await start(["run", script(code, name)], { env }).ended;
  expect(ended).toMatchObject({ code: exitCode, signal: null, out: "" });
  expect(ended.errors).toMatch(errors);
});

test.each([
  ["a script that is not there", ["no-such-script.js"], 2, /there is no script .*no-such-script\.js/],
  ["no script", [], 2, /missing required argument/],
  ["a token that is too short", ["--token", "short", "x"], 2, /there is no script|httpApi\.token takes/],
  ["a port that is none", ["--port", "70000", "x"], 2, /It takes a port/],
])("%s is said before anything runs", async (_, args, exitCode, errors) => {
  const ended = await start(["run", ...args], { env }).ended;
  expect(ended).toMatchObject({ code: exitCode, out: "" });
  expect(ended.errors).toMatch(errors);
});

test("a port that is taken is said in the words of the command", async () => {
  const other = createServer();
  await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
  const { port } = other.address() as AddressInfo;
  const ended = await start(["run", "--port", String(port), script("")], { env }).ended;
  expect(ended).toMatchObject({
    code: 1,
    out: "",
    errors: `error: port ${port} is in use: choose another with --port, or leave it to find one that is free\n`,
  });
  await new Promise((resolve) => other.close(resolve));
});

test("with a token only who has it is answered, and who has --actions may cancel", async () => {
  const path = script(`
    import { globalTracker } from "taskscope";
    const task = globalTracker().spawn("wait", ({ signal }) =>
      new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason))));
    console.log("ready");
    // The answer to who cancels goes out before the end.
    await new Promise((resolve) => process.stdin.once("data", resolve));
    console.log(task.state);
    process.exit();`);
  const token = "a-token-of-some-length";
  const running = start(["run", "--actions", path], { env: { ...env, TASKSCOPE_TOKEN: token } });
  await running.said(/ready/);
  const [, url = ""] = await running.said(/console is at (\S+)\//);
  expect((await taskscope("ps", url)).code).toBe(4);
  expect((await taskscope("cancel", url, "1", "--token", token)).code).toBe(0);
  running.child.stdin.end("on");
  expect(await running.ended).toMatchObject({ code: 0, out: "ready\ncancelled\n" });
});

import { spawnSync } from "node:child_process";
import { describe, expect, test } from "vitest";
import { root } from "./manifest.ts";

/** Blocks the loop of a task, tells what it hears of that, and has nothing more to do. It never shuts its tracker down. */
const program = `
  import { createTracker } from "taskscope";
  import { blockedLoop } from "taskscope/forensics";
  const diag = { warn: (message) => console.log(message) };
  const tasks = createTracker({ diag, plugins: [blockedLoop()] });
  await tasks.ready;
  const told = new Promise((resolve) => tasks.subscribe({ name: "test", kinds: ["blocked"] }, resolve));
  tasks.wrap({ name: "hold" }, () => {
    for (const endMs = performance.now() + 1_000; performance.now() < endMs; );
  })();
  const keepAlive = setInterval(() => {}, 1_000);
  const { name, stack } = await told;
  clearInterval(keepAlive);
  console.log(name, stack === undefined ? "without a stack" : "with a stack");`;

function run(flags: readonly string[], code: string) {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [...flags, "--input-type=module", "--eval", code],
    { cwd: root, encoding: "utf8", env: { ...process.env, NODE_OPTIONS: "" } },
  );
  return { status, stderr, lines: stdout.trim().split("\n") };
}

const onlyTime = "blockedLoop() cannot see which task blocks the event loop, only for how long: ";

describe("a process with the plugin", () => {
  test("ends when it has nothing more to do", () => {
    expect(run([], program)).toEqual({ status: 0, stderr: "", lines: ["hold with a stack"] });
  });

  test.each([["--disable-proto=throw"], ["--disallow-code-generation-from-strings"]])(
    "names the task with %s",
    (flag) => {
      expect(run([flag], program)).toEqual({ status: 0, stderr: "", lines: ["hold with a stack"] });
    },
  );

  test("measures time alone where a debugger may be attached, and says so", () => {
    const { status, lines } = run(["--inspect=127.0.0.1:0"], program);
    expect(lines).toEqual([`${onlyTime}the inspector is open to debuggers`, "__unknown__ without a stack"]);
    expect(status).toBe(0);
  });

  test.each([[[]], [["--allow-worker"]]])(
    "measures time alone under the permission model, with %o",
    (more) => {
      const flag = process.allowedNodeEnvironmentFlags.has("--permission")
        ? "--permission"
        : "--experimental-permission";
      const { status, lines } = run([flag, "--allow-fs-read=*", ...more], program);
      expect(lines).toEqual([`${onlyTime}Node's permission model is on`, "__unknown__ without a stack"]);
      expect(status).toBe(0);
    },
  );

  test("does nothing in a worker thread, and says so", () => {
    const inWorker = `
      import { createTracker } from "taskscope";
      import { blockedLoop } from "taskscope/forensics";
      const tasks = createTracker({ diag: { warn: (message) => console.log(message) }, plugins: [blockedLoop()] });
      await tasks.ready;
      await tasks.shutdown();`;
    const code = `
      import { Worker } from "node:worker_threads";
      new Worker(new URL("data:text/javascript," + encodeURIComponent(${JSON.stringify(inWorker)}
        .replaceAll("taskscope/forensics", import.meta.resolve("taskscope/forensics"))
        .replaceAll('"taskscope"', JSON.stringify(import.meta.resolve("taskscope"))))));`;
    expect(run([], code)).toEqual({
      status: 0,
      stderr: "",
      lines: ["blockedLoop() watches the main thread only: in this worker thread it does nothing"],
    });
  });
});

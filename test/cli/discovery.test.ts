import { spawnSync } from "node:child_process";
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createTracker } from "taskscope";
import { httpApi } from "taskscope/http";
import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from "vitest";
import { findProcesses } from "../../src/cli/remote/found-processes.ts";
import { root } from "../package/manifest.ts";
import { deadAddress, serve, serveTasks } from "./served.ts";
import { start } from "./spawned-command.ts";
import { taskscope } from "./typed-command.ts";

/** The user's own folder, and ours in it. */
let runtime: string;
let folder: string;

beforeEach(() => {
  runtime = mkdtempSync(join(tmpdir(), "taskscope-discovery-"));
  folder = join(runtime, "taskscope");
  vi.stubEnv("XDG_RUNTIME_DIR", runtime);
});

afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(runtime, { recursive: true, force: true });
});

const announced = (): readonly string[] => readdirSync(folder);

/** A pid that nobody has: of a process that has ended, and was ours. */
const deadPid = (): number => spawnSync(process.execPath, ["--version"]).pid;

/** What a process would have left behind. */
function leave(pid: number, url: string, announcedAtMs = 1, mode = 0o600): string {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const name = `${pid}-${announced().length.toString(16).padStart(8, "0")}.json`;
  writeFileSync(join(folder, name), JSON.stringify({ pid, url, script: "/srv/app.js", announcedAtMs }), {
    mode,
  });
  return name;
}

/** An API that mounts in another server says by itself where it is. */
async function serveMounted(announce: string | boolean, warn = vi.fn()) {
  const api = httpApi({ announce });
  const tasks = createTracker({ watchMs: Infinity, plugins: [api], diag: { warn } });
  onTestFinished(async () => void (await tasks.shutdown()));
  await tasks.ready;
  return { api, tasks, warn };
}

describe("a process with an API of its own", () => {
  test("says where it is in a file for this user alone, without the token, until it shuts down", async () => {
    const token = "a-token-of-some-length";
    const { tasks, url } = await serveTasks({ token });
    const [name = ""] = announced();
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    expect(statSync(join(folder, name)).mode & 0o777).toBe(0o600);
    const text = readFileSync(join(folder, name), "utf8");
    expect(JSON.parse(text)).toEqual({
      pid: process.pid,
      url,
      script: process.argv[1],
      announcedAtMs: expect.any(Number) as number,
    });
    await tasks.shutdown();
    expect(announced()).toEqual([]);
  });

  test("leaves nothing behind when it exits", () => {
    const program = `
      import { createTracker } from "taskscope";
      import { httpApi } from "taskscope/http";
      import { readdirSync } from "node:fs";
      await createTracker({ plugins: [httpApi({ listen: { port: 0 } })] }).ready;
      console.log(readdirSync(${JSON.stringify(folder)}).length);
      process.exit();`;
    const { stdout } = spawnSync(process.execPath, ["--input-type=module", "--eval", program], {
      cwd: root,
      encoding: "utf8",
      env: { ...process.env, NODE_OPTIONS: "" },
    });
    expect(stdout).toBe("1\n");
    expect(announced()).toEqual([]);
  });

  test("says nothing when it is told so", async () => {
    await serveTasks({ announce: false });
    expect(() => announced()).toThrow("ENOENT");
  });

  test("says where it is mounted, when it is told that", async () => {
    await serveMounted("http://127.0.0.1:3000/ops/");
    expect(JSON.parse(readFileSync(join(folder, announced()[0] ?? ""), "utf8"))).toMatchObject({
      url: "http://127.0.0.1:3000/ops",
    });
  });

  test.each([[1], ["ftp://x"], ["http://me:secret@x"], [""]])("refuses announce: %j", (announce) => {
    expect(() => httpApi({ announce: announce as string })).toThrow(/^httpApi.announce takes(?!.*secret)/);
  });
});

describe("a folder that is not to be trusted", () => {
  const ways: readonly (readonly [string, () => void])[] = [
    ["is open to others", () => mkdirSync(folder) ?? chmodSync(folder, 0o777)],
    [
      "is a link",
      () => {
        mkdirSync(join(runtime, "elsewhere"), { mode: 0o700 });
        symlinkSync(join(runtime, "elsewhere"), folder);
      },
    ],
    ["is a file", () => writeFileSync(folder, "", { mode: 0o600 })],
  ];

  test.each(ways)("that %s is not written to: the process is told, and goes on", async (_, make) => {
    make();
    const warn = vi.fn();
    const { tasks } = await serveTasks({}, { diag: { warn } });
    expect(warn).toHaveBeenCalledExactlyOnceWith(
      expect.stringContaining("httpApi() cannot say where it is"),
      expect.any(Error),
    );
    expect(await tasks.run("sum", () => Promise.resolve(2))).toBe(2);
    expect(
      readdirSync(runtime, { recursive: true }).filter((name) => String(name).endsWith(".json")),
    ).toEqual([]);
  });

  test.each(ways.slice(0, 2))("that %s is not read", async (_, make) => {
    const { url } = await serveTasks({ announce: false });
    make();
    writeFileSync(join(folder, "1-0a.json"), JSON.stringify({ pid: 1, url, script: "", announcedAtMs: 1 }), {
      mode: 0o600,
    });
    expect(await findProcesses()).toEqual([]);
  });

  test("is one of another user's", async () => {
    const { url } = await serveTasks({ announce: false });
    leave(process.pid, url);
    expect(await findProcesses()).toHaveLength(1);
    vi.spyOn(process, "getuid").mockReturnValue(4_711);
    onTestFinished(() => void vi.restoreAllMocks());
    expect(await findProcesses()).toEqual([]);
  });

  test("is not even asked for where XDG_RUNTIME_DIR is open to others", async () => {
    chmodSync(runtime, 0o755);
    const private_ = mkdtempSync(join(tmpdir(), "taskscope-tmp-"));
    onTestFinished(() => rmSync(private_, { recursive: true, force: true }));
    vi.stubEnv("TMPDIR", private_);
    await serveTasks();
    expect(() => announced()).toThrow("ENOENT");
    expect(readdirSync(private_)).toEqual([`taskscope-${process.getuid?.()}`]);
  });
});

describe("the command", () => {
  test("asks the one process that there is, without being told where", async () => {
    const { tasks } = await serveTasks();
    tasks.open("upload").start();
    const { code, out } = await taskscope("ps");
    expect(code).toBe(0);
    expect(out).toContain("upload");
  });

  test("says what to do where there is none", async () => {
    const { code, out, errors } = await taskscope("ps");
    expect({ code, out }).toEqual({ code: 3, out: "" });
    expect(errors).toContain("taskscope run");
  });

  test("lists several, and takes the one that --pid names", async () => {
    const { url } = await serveTasks();
    const script = join(runtime, "other.mjs");
    writeFileSync(script, `process.stdin.resume(); console.log("runs");`);
    const other = start(["run", script], { env: { XDG_RUNTIME_DIR: runtime } });
    await other.said(/runs/);
    const { code, errors } = await taskscope("ps");
    expect(code).toBe(2);
    expect(errors).toMatch(/^error: 2 addresses are found on this machine: choose with --pid/);
    expect(errors).toContain(`\n  --pid ${process.pid}  ${url}  `);
    expect(errors).toMatch(new RegExp(`\n  --pid ${other.child.pid}  http://127.0.0.1:\\d+  other.mjs\n`));
    expect((await taskscope("ps", "--pid", String(process.pid))).code).toBe(0);
    const none = await taskscope("ps", "--pid", String(deadPid()));
    expect(none).toMatchObject({ code: 3, errors: expect.stringContaining("other.mjs") as string });
    expect((await taskscope("ps", url, "--pid", "1")).code).toBe(2);
  });

  test("removes what is stale, and asks neither it nor what is no API", async () => {
    const page = await serve((_, response) => void response.end("<p>"));
    const { url } = await serveTasks({ announce: false });
    const kept = leave(process.pid, url);
    leave(deadPid(), deadAddress);
    leave(deadPid(), page);
    leave(process.pid, deadAddress);
    expect(await findProcesses()).toMatchObject([{ pid: process.pid, url, script: "/srv/app.js" }]);
    expect(announced()).toEqual([kept]);
  });

  test("keeps what may come yet, and does not list it", async () => {
    const early = leave(process.pid, deadAddress, Date.now());
    expect(await findProcesses()).toEqual([]);
    expect(announced()).toEqual([early]);
  });

  test("passes over what is no announcement, or open to others", async () => {
    const { url } = await serveTasks({ announce: false });
    leave(process.pid, url, 1, 0o644);
    leave(process.pid, "file:///etc/passwd");
    leave(-1, url);
    writeFileSync(join(folder, "7-0a.json"), "{", { mode: 0o600 });
    writeFileSync(join(folder, "7-0b.json"), "null", { mode: 0o600 });
    writeFileSync(join(folder, "7-0c.json"), " ".repeat(20_000), { mode: 0o600 });
    writeFileSync(join(folder, "target"), JSON.stringify({ pid: 1, url, script: "", announcedAtMs: 1 }), {
      mode: 0o600,
    });
    symlinkSync(join(folder, "target"), join(folder, "7-0d.json"));
    mkdirSync(join(folder, "7-0e.json"));
    expect(await findProcesses()).toEqual([]);
    expect(announced()).toHaveLength(9);
  });
});

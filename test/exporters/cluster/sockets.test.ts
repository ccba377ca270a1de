import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { connect } from "node:net";
import type { Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createTracker } from "taskscope";
import { clusterMember } from "taskscope/cluster";
import { MAX_MESSAGE_BYTES } from "../../../src/exporters/cluster/line-reader.ts";
import { Scraped } from "./members.ts";
import { Reporting } from "./reports.ts";

let directory: string;
let scraped: Scraped;

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), "taskscope-"));
  scraped = new Scraped({ directory });
  await scraped.tasks.ready;
});

afterEach(async () => {
  await scraped.tasks.shutdown();
  rmSync(directory, { recursive: true, force: true });
});

const sockets = (): string[] => readdirSync(directory).map((name) => join(directory, name));

async function hostile(): Promise<{ socket: Socket; closed: Promise<string> }> {
  const socket = connect(sockets()[0] ?? "");
  await once(socket, "connect");
  let answer = "";
  socket.setEncoding("utf8").on("data", (text: string) => (answer += text));
  socket.on("error", () => {});
  return { socket, closed: new Promise((resolve) => socket.once("close", () => resolve(answer))) };
}

describe("a socket", () => {
  test("is for its owner alone, and goes with the collector", async () => {
    expect(sockets().map((path) => statSync(path).mode & 0o777)).toEqual([0o600]);
    await scraped.tasks.shutdown();
    expect(sockets()).toEqual([]);
  });

  test("of a collector that was killed is cleared away by the next, others are left alone", async () => {
    const dead = join(directory, "taskscope-0123456789ab.sock");
    const foreign = join(directory, "other.sock");
    for (const path of [dead, foreign]) {
      const program = `require("node:net").createServer().listen(${JSON.stringify(path)}, () => console.log("up"))`;
      const child = spawn(process.execPath, ["-e", program], { env: { ...process.env, NODE_OPTIONS: "" } });
      await once(child.stdout, "data");
      child.kill("SIGKILL");
      await once(child, "exit");
    }
    await scraped.tasks.shutdown();
    expect(sockets().toSorted()).toEqual([foreign, dead]);
    scraped = new Scraped({ directory });
    await scraped.tasks.ready;
    expect(sockets()).toHaveLength(2);
    expect(sockets()).not.toContain(dead);
    expect(sockets()).toContain(foreign);
  });
});

describe("what comes over a socket", () => {
  test.each<[string, string, string]>([
    ["is no JSON", "GET / HTTP/1.1\r\n\r\n", "malformed"],
    ["is deep beyond reason", `${"[".repeat(500_000)}\n`, "malformed"],
    ["is null", "null\n", "malformed"],
    ["has no end", "x".repeat(MAX_MESSAGE_BYTES + 1), "too_large"],
    [
      "is a report of the wrong version",
      `${JSON.stringify({ "taskscope:cluster": "report", protocol: 999 })}\n`,
      "protocol",
    ],
  ])("and %s is answered, counted and cut off", async (_, text, reason) => {
    const { socket, closed } = await hostile();
    socket.write(text);
    expect(JSON.parse(await closed)).toEqual({ "taskscope:cluster": "reply", report: 0, refused: reason });
    expect((await scraped.scrape())("cluster_reports_refused_total", { reason })).toBe(1);
    expect((await scraped.scrape())("cluster_reports_refused_total")).toBe(1);
  });

  test("may come byte by byte, and characters may be cut in two", async () => {
    const reporting = new Reporting();
    await reporting.probe.tasks.run("größe", () => 1);
    const [message] = reporting.messages();
    const { socket, closed } = await hostile();
    socket.setNoDelay(true);
    for (const byte of Buffer.from(`${JSON.stringify(message)}\n`)) socket.write(Buffer.of(byte));
    await scraped.saw("joined");
    expect((await scraped.scrape())("tasks_completed_total", { task_name: "größe" })).toBe(1);
    socket.destroy();
    await closed;
    await scraped.saw("died");
  });
});

describe("a member", () => {
  test("that is refused says so once, and does not try again", async () => {
    const warnings: string[] = [];
    const member = clusterMember({ directory });
    const tasks = createTracker({
      prefix: "other",
      diag: { warn: (message) => void warnings.push(message) },
      plugins: [member],
    });
    expect(await member.flush()).toBe(false);
    expect(await member.flush()).toBe(false);
    expect(warnings).toEqual(["A collector refuses the reports of this tracker: prefix"]);
    expect((await scraped.scrape())("cluster_reports_refused_total", { reason: "prefix" })).toBe(1);
    await tasks.shutdown();
  });

  test("finds the next collector when the one it had is gone, and tells it everything", async () => {
    const member = clusterMember({ directory });
    const tasks = createTracker({ plugins: [member] });
    await tasks.run("before", () => 1);
    expect(await member.flush()).toBe(true);
    await scraped.tasks.shutdown();
    scraped = new Scraped({ directory });
    await scraped.tasks.ready;
    expect(await member.flush()).toBe(true);
    expect((await scraped.scrape())("tasks_completed_total", { task_name: "before" })).toBe(1);
    await tasks.shutdown();
  });

  test("reports once to a process with two collectors, and the numbers stand in the first", async () => {
    const member = clusterMember({ directory });
    const tasks = createTracker({ plugins: [member] });
    const second = new Scraped({ directory });
    await second.tasks.ready;
    expect(sockets()).toHaveLength(1);
    await tasks.run("once", () => 1);
    expect(await member.flush()).toBe(true);
    expect((await scraped.scrape())("tasks_completed_total")).toBe(1);
    expect((await second.scrape())("tasks_completed_total")).toBeUndefined();
    await scraped.tasks.shutdown();
    expect((await second.scrape())("tasks_completed_total")).toBe(1);
    await tasks.shutdown();
    await second.tasks.shutdown();
    expect(sockets()).toEqual([]);
  });

  test("that leaves its tracker and comes back is not counted twice", async () => {
    const tasks = createTracker({ diag: { warn: () => {} } });
    await tasks.run("once", () => 1);
    const remove = tasks.use(clusterMember({ directory }));
    await scraped.saw("joined");
    await remove();
    const again = clusterMember({ directory });
    tasks.use(again);
    expect(await again.flush()).toBe(false);
    const values = await scraped.scrape();
    expect(values("tasks_completed_total")).toBe(1);
    expect(values("cluster_reports_refused_total", { reason: "rejoined" })).toBe(1);
    await tasks.shutdown();
  });
});

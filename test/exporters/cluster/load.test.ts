import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { expectBalance, exposedCounts } from "../balance.ts";
import { Scraped, startClusterWorker, startFork, startThread } from "./members.ts";
import type { Member } from "./members.ts";

let directory: string;
let scraped: Scraped;
const members: Member[] = [];

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "taskscope-"));
});

afterEach(async () => {
  for (const member of members) member.kill();
  await Promise.all(members.map((member) => member.exited));
  members.length = 0;
  await scraped.tasks.shutdown();
  rmSync(directory, { recursive: true, force: true });
});

async function start(count: number, one: () => Promise<Member>): Promise<Member[]> {
  const started = await Promise.all(Array.from({ length: count }, one));
  members.push(...started);
  return started;
}

const ways = {
  "worker threads": () => startThread(),
  "cluster workers": () => startClusterWorker(),
  "forked processes that are attached": () => startFork({}, scraped.collector),
  "processes that find a directory of sockets": () => startFork({ directory }),
} satisfies Record<string, () => Promise<Member>>;

describe.each(Object.entries(ways))("four %s under load", (way, startOne) => {
  beforeEach(async () => {
    scraped = new Scraped(way.includes("directory") ? { directory } : {});
    await scraped.tasks.ready;
  });

  test("give one sum, which two that are killed do not lower", { timeout: 240_000 }, async () => {
    const four = await start(4, startOne);
    await scraped.saw("joined", 4);
    await Promise.all(four.map((member) => member.tell({ do: "hold", tasks: 5 })));
    await Promise.all(four.map((member, index) => member.tell({ do: "run", tasks: 100 * (index + 1) })));
    await Promise.all(four.map((member) => member.tell({ do: "flush" })));
    const before = await scraped.scrape();
    expect(before("tasks_completed_total")).toBe(1_000);
    expect(before("task_duration_seconds_count", { outcome: "completed" })).toBe(1_000);
    expect(before("task_spawn_latency_seconds_count")).toBe(1_000);
    expect(before("tasks_running")).toBe(20);
    expect(before("tasks_limit", { task_type: "work" })).toBe(4_000);
    expect(before("cluster_members", { state: "reporting" })).toBe(4);
    expectBalance(exposedCounts(await scraped.text()));

    for (const member of four.slice(0, 2)) member.kill();
    await scraped.saw("died", 2);
    const after = await scraped.scrape();
    expect(after("tasks_completed_total")).toBe(1_000);
    expect(after("task_duration_seconds_count", { outcome: "completed" })).toBe(1_000);
    expect(after("tasks_running")).toBe(10);
    expect(after("tasks_limit", { task_type: "work" })).toBe(2_000);
    expect(after("tasks_failed_total")).toBe(10);
    expect(after("task_errors_total", { error_type: "lost", task_name: "hold" })).toBe(10);
    expect(after("cluster_members", { state: "reporting" })).toBe(2);
    expect(after("cluster_members_ended_total", { how: "died" })).toBe(2);
    expectBalance(exposedCounts(await scraped.text()));
  });

  test(
    "never let a counter fall, though members die and others take their places",
    { timeout: 240_000 },
    async () => {
      let last = 0;
      for (let round = 1; round <= 3; round++) {
        const [member] = await start(1, startOne);
        await scraped.saw("joined", round);
        await member?.tell({ do: "run", tasks: 10 });
        await member?.tell({ do: "flush" });
        member?.kill();
        await scraped.saw("died", round);
        const completed = (await scraped.scrape())("tasks_completed_total") ?? 0;
        expect(completed).toBe(last + 10);
        last = completed;
      }
    },
  );

  test("report for the last time when they shut down, exit, end or throw", { timeout: 240_000 }, async () => {
    const four = await start(4, startOne);
    await scraped.saw("joined", 4);
    await Promise.all(four.map((member) => member.tell({ do: "run", tasks: 25 })));
    await Promise.all(four.map((member) => member.tell({ do: "hold", tasks: 1 })));
    const [shut, exiting, ending, throwing] = four;
    await shut?.tell({ do: "shutdown" });
    await exiting?.tellLast({ do: "exit" });
    await throwing?.tellLast({ do: "throw" });
    if (way === "cluster workers") ending?.kill();
    else await ending?.tellLast({ do: "end" });
    await scraped.saw("closed", way === "cluster workers" ? 3 : 4);
    const values = await scraped.scrape();
    const reported = way === "cluster workers" ? 75 : 100;
    expect(values("tasks_completed_total")).toBe(reported);
    expect(values("tasks_cancelled_total")).toBe(1);
    expect(values("task_errors_total", { error_type: "lost" })).toBe(reported / 25 - 1);
    expect(values("cluster_members_ended_total", { how: "closed" })).toBe(reported / 25);
    expectBalance(exposedCounts(await scraped.text()));
  });

  test("show those that are blocked, and count their last numbers", { timeout: 240_000 }, async () => {
    const [blocked, free] = await start(2, startOne);
    await scraped.saw("joined", 2);
    await blocked?.tell({ do: "run", tasks: 10 });
    await blocked?.tell({ do: "flush" });
    await blocked?.tell({ do: "block" });
    await scraped.clock.advance(4 * 3_600_000);
    await free?.tell({ do: "run", tasks: 1 });
    await free?.tell({ do: "flush" });
    const values = await scraped.scrape();
    expect(values("tasks_completed_total")).toBe(11);
    expect(values("cluster_members", { state: "reporting" })).toBe(1);
    expect(values("cluster_members", { state: "stale" })).toBe(1);
  });
});

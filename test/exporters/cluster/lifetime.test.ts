import { createHook } from "node:async_hooks";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { openTelemetry } from "taskscope/otel";
import { runFixture } from "../../fixtures/run-fixture.ts";
import { runInstantThread, Scraped, startFork, startThread } from "./members.ts";

describe("nothing keeps a process alive that has", () => {
  test.each(["collector", "collector and member", "member without a collector"])("a %s", (way) => {
    const { status, stdout, stderr } = runFixture("cluster-lifetime.ts", [way]);
    expect(stderr).toBe("");
    expect(stdout).toBe("nothing left to do");
    expect(status).toBe(0);
  });
});

test("a member with nobody to report to says so", () => {
  const { status, stdout, stderr } = runFixture("cluster-lifetime.ts", ["member alone"]);
  expect(stderr).toContain("clusterMember() has nobody to report to");
  expect(stdout).toBe("nothing left to do");
  expect(status).toBe(0);
});

describe("threads that come and go", () => {
  let scraped: Scraped;

  beforeEach(() => {
    scraped = new Scraped();
  });

  afterEach(async () => {
    await scraped.tasks.shutdown();
  });

  test("leave no port and no listener behind, and their counters", { timeout: 240_000 }, async () => {
    const ports = new Set<number>();
    const hook = createHook({
      init: (id, type) => void (type === "MESSAGEPORT" && ports.add(id)),
      destroy: (id) => void ports.delete(id),
    }).enable();
    const listenersBefore = process.listenerCount("workerMessage");
    expect(listenersBefore).toBeGreaterThan(0);
    for (let round = 1; round <= 5; round++) {
      const threads = await Promise.all([startThread(), startThread()]);
      await Promise.all(threads.map((thread) => thread.tell({ do: "run", tasks: 10 })));
      await Promise.all(threads.map((thread) => thread.tellLast({ do: "end" })));
      await scraped.saw("closed", 2 * round);
    }
    expect((await scraped.scrape())("tasks_completed_total")).toBe(100);
    while (ports.size > 0) await new Promise((resolve) => setImmediate(resolve));
    hook.disable();
    expect(process.listenerCount("workerMessage")).toBe(listenersBefore);
    await scraped.tasks.shutdown();
    expect(process.listenerCount("workerMessage")).toBe(listenersBefore - 1);
  });

  test("within an instant are counted all the same", { timeout: 240_000 }, async () => {
    for (let round = 1; round <= 4; round++) {
      await Promise.all(Array.from({ length: 4 }, runInstantThread));
      await scraped.saw("closed", 4 * round);
    }
    expect((await scraped.scrape())("tasks_completed_total")).toBe(16);
  });

  test("report at each interval, without being told to", { timeout: 240_000 }, async () => {
    const thread = await startThread({ intervalMs: 10 });
    await thread.tell({ do: "run", tasks: 3 });
    await scraped.saw("joined");
    for (let completed = 0; completed < 3;) {
      // Each turn lets messages in; the test's own bound ends it where none come.
      await new Promise((resolve) => setImmediate(resolve));
      completed = (await scraped.scrape())("tasks_completed_total") ?? 0;
    }
    thread.kill();
    await scraped.saw("died");
  });

  test("are passed on by a process that both collects and reports", { timeout: 240_000 }, async () => {
    const child = await startFork({}, scraped.collector);
    await child.tell({ do: "thread" });
    await child.tell({ do: "run", tasks: 4 });
    await child.tell({ do: "run in thread", tasks: 5 });
    await child.tell({ do: "flush" });
    const values = await scraped.scrape();
    expect(values("tasks_completed_total")).toBe(9);
    expect(values("cluster_members", { state: "reporting" })).toBe(2);
    child.kill();
    await scraped.saw("died");
    expect((await scraped.scrape())("tasks_completed_total")).toBe(9);
  });

  test("are in what OpenTelemetry collects too", { timeout: 240_000 }, async () => {
    const otel = openTelemetry({ spans: false });
    scraped.tasks.use(otel);
    const thread = await startThread();
    await thread.tell({ do: "run", tasks: 6 });
    await thread.tellLast({ do: "end" });
    await scraped.saw("closed");
    const { resourceMetrics } = await otel.metricProducer().collect();
    const completed = resourceMetrics.scopeMetrics
      .flatMap(({ metrics }) => metrics)
      .find(({ descriptor }) => descriptor.name === "taskscope_tasks_completed");
    expect(completed?.dataPoints).toMatchObject([{ attributes: { task_name: "run" }, value: 6 }]);
  });
});

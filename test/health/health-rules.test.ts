import { createTracker } from "taskscope";
import { health, healthRules } from "taskscope/health";
import { ManualClock, testPlugin } from "taskscope/testing";
import { describe, expect, test } from "vitest";
import { Watched } from "./support.ts";

describe("healthRules()", { timeout: 240_000 }, () => {
  testPlugin({ create: () => healthRules(), test });
});

describe("a process that is well", { timeout: 240_000 }, () => {
  test("is ok, with work and at rest", async () => {
    const watched = new Watched();
    await watched.pass(30, () => watched.end(200, 1));
    await watched.pass(120);
    expect(watched.health.report()).toEqual({ status: "ok", rules: 17, alerts: [] });
    expect(watched.changes).toEqual([]);
  });

  test("that ramps up to 6,600 tasks of a minute in 10 minutes leaks nothing", async () => {
    const watched = new Watched();
    const running: { readonly complete: () => void }[] = [];
    let target = 0;
    await watched.pass(40, () => {
      target = Math.min(6_600, target + 165);
      for (const task of running.splice(0, Math.floor(running.length / 4))) task.complete();
      running.push(...watched.open(target - running.length));
    });
    expect(watched.changes.filter(({ alert }) => alert.name.startsWith("TaskLeak"))).toEqual([]);
  });
});

describe("TaskLeakDetected", { timeout: 240_000 }, () => {
  test("fires, and makes the process failing, when tasks start and do not settle", async () => {
    const watched = new Watched();
    await watched.pass(5, () => watched.open(5));
    await watched.pass(10, () => watched.open(250));
    expect(watched.firing).not.toContain("TaskLeakDetected");
    await watched.pass(6, () => watched.open(250));
    expect(watched.alert("TaskLeakDetected")).toMatchObject({
      state: "firing",
      severity: "critical",
      labels: { task_type: "work" },
      threshold: 1_000,
      summary: "Tasks start and do not settle",
      runbookUrl: expect.stringMatching(/\/TaskLeakDetected\.md$/) as string,
    });
    expect(watched.alert("TaskLeakDetected")?.description).toMatch(
      /^Type work: \d+ tasks running; .* \(threshold 1000\)\.$/,
    );
    expect(watched.health.report().status).toBe("failing");
  });

  test("is silent where as many settle", async () => {
    const watched = new Watched();
    const running = watched.open(5);
    await watched.pass(30, () => {
      for (const task of running.splice(0)) task.complete();
      running.push(...watched.open(2_000));
    });
    expect(watched.changes).toEqual([]);
  });
});

describe("HighTaskFailureRate", { timeout: 240_000 }, () => {
  test("waits for its three minutes, and goes on for five when the failures have ended", async () => {
    const watched = new Watched();
    await watched.pass(1);
    await watched.pass(3, () => watched.end(18, 2));
    expect(watched.alert("HighTaskFailureRate")?.state).toBe("pending");
    await watched.pass(2, () => watched.end(18, 2));
    expect(watched.firing).toEqual(["HighTaskFailureRate"]);
    expect(watched.health.report().status).toBe("degraded");
    await watched.pass(9.5);
    expect(watched.firing).toEqual(["HighTaskFailureRate"]);
    await watched.pass(1.5);
    expect(watched.health.report().alerts).toEqual([]);
    expect(watched.changes.map(({ kind, alert }) => `${kind} ${alert.name}`)).toEqual([
      "firing HighTaskFailureRate",
      "resolved HighTaskFailureRate",
    ]);
    expect(watched.changes[0]?.alert.value).toBeCloseTo(0.1);
  });

  test("a break in between begins the three minutes anew", async () => {
    const watched = new Watched({ thresholds: { failures: 0 } });
    await watched.pass(2.5, () => watched.end(0, 1));
    await watched.pass(5.5, () => watched.end(100));
    expect(watched.alert("HighTaskFailureRate")).toBeUndefined();
    await watched.pass(2.5, () => watched.end(0, 100));
    expect(watched.alert("HighTaskFailureRate")?.state).toBe("pending");
  });

  test("one failure among four tasks wakes nobody, and cancelled tasks are none", async () => {
    const watched = new Watched();
    await watched.pass(1);
    watched.end(3, 1);
    await watched.pass(10, () => {
      for (let index = 0; index < 20; index += 1)
        watched.tasks.open({ name: "task", type: "work" }).cancel("x");
    });
    expect(watched.changes).toEqual([]);
  });

  test("types are looked at one by one", async () => {
    const watched = new Watched();
    await watched.pass(6, () => {
      watched.end(1_000, 0, "good");
      watched.end(1, 10, "bad");
    });
    expect(watched.alert("HighTaskFailureRate")?.labels).toEqual({ task_type: "bad" });
  });
});

describe("the other rules:", { timeout: 240_000 }, () => {
  test("HighTaskSpawnRate, with a threshold of one's own", async () => {
    const watched = new Watched({ thresholds: { spawnsPerSecond: 10 } });
    await watched.pass(8, () => watched.end(15 * 11));
    expect(watched.firing).toEqual(["HighTaskSpawnRate"]);
    expect(watched.alert("HighTaskSpawnRate")).toMatchObject({ labels: {}, threshold: 10 });
    expect(watched.alert("HighTaskSpawnRate")?.value).toBeCloseTo(11, 0);
  });

  test("TaskLeakSuspected finds what leaks slowly, and not before", async () => {
    const watched = new Watched();
    watched.open(20);
    await watched.pass(65, () => watched.open(1));
    expect(watched.firing).not.toContain("TaskLeakSuspected");
    await watched.pass(10, () => watched.open(1));
    expect(watched.firing).toContain("TaskLeakSuspected");
    expect(watched.firing).not.toContain("TaskLeakDetected");
  });

  test("TasksInFlightUnexplained", async () => {
    const watched = new Watched();
    watched.open(1_500);
    watched.open(1_500, "worker");
    await watched.pass(85);
    expect(watched.firing).not.toContain("TasksInFlightUnexplained");
    await watched.pass(10);
    expect(watched.firing).toContain("TasksInFlightUnexplained");
    expect(watched.alert("TasksInFlightUnexplained")?.labels).toEqual({ task_type: "work" });
  });

  test("TasksNotSettling, but for types that are long-lived or of which something is expected", async () => {
    const watched = new Watched({}, { types: { slow: { expectedMs: 86_400_000 } } });
    watched.open(1);
    watched.open(1, "listener");
    watched.open(1, "slow");
    await watched.pass(29);
    expect(watched.firing).toEqual([]);
    await watched.pass(2);
    expect(watched.changes.map(({ alert }) => [alert.name, alert.labels])).toEqual([
      ["TasksNotSettling", { task_type: "work" }],
    ]);
  });

  test("TaskStuck, by what is expected and by age", async () => {
    const watched = new Watched({}, { types: { quick: { expectedMs: 1_000 } } });
    watched.open(1, "quick");
    watched.open(1);
    await watched.pass(6);
    expect(watched.alert("TaskStuck")?.labels).toEqual({ task_type: "quick" });
    await watched.pass(60);
    const stuck = watched.changes.filter(({ alert }) => alert.name === "TaskStuck");
    expect(stuck.map(({ alert }) => alert.labels)).toEqual([
      { task_type: "quick" },
      { scope: "unexpected", task_type: "work" },
    ]);
  });

  test("TasksLost fires at once, and ends with its 15 minutes", async () => {
    const watched = new Watched();
    await watched.pass(1);
    watched.tasks.track("lost", new Promise(() => {}));
    await expect
      .poll(
        async () => {
          (globalThis as { gc?: () => void }).gc?.();
          await watched.clock.advance(15_000);
          return watched.firing;
        },
        { timeout: 240_000 },
      )
      .toEqual(["TasksLost"]);
    await watched.pass(16);
    expect(watched.firing).toEqual([]);
  });

  test("TaskUnresponsive, until the body gives in", async () => {
    const watched = new Watched();
    let settle = (): void => {};
    const task = watched.tasks.spawn(
      { name: "deaf", type: "work", cancelGraceMs: 10 },
      () => new Promise<void>((resolve) => (settle = resolve)),
    );
    await watched.clock.advance(0);
    task.cancel();
    await watched.pass(6);
    expect(watched.firing).toEqual(["TaskUnresponsive"]);
    settle();
    await watched.pass(0.5);
    expect(watched.changes.at(-1)?.kind).toBe("resolved");
  });

  test("TaskConcurrencySaturated, TaskQueueGrowing and TasksRejected", async () => {
    const watched = new Watched(
      {},
      { types: { database: { maxRunning: 10 } }, limits: { maxQueued: 2_000 } },
    );
    const spawn = (): unknown =>
      watched.tasks.trySpawn({ name: "query", type: "database" }, () => new Promise<never>(() => {}));
    await watched.pass(45, () => {
      for (let index = 0; index < 20; index += 1) spawn();
    });
    const fired = new Set(
      watched.changes.filter(({ kind }) => kind === "firing").map(({ alert }) => alert.name),
    );
    expect([...fired]).toEqual(
      expect.arrayContaining(["TaskConcurrencySaturated", "TaskQueueGrowing", "TasksRejected"]),
    );
    expect(watched.alert("TaskConcurrencySaturated")?.value).toBe(1);
  });

  test("TaskRestartStorm, where more come back than begin", async () => {
    const watched = new Watched();
    watched.tasks.spawn(
      {
        name: "flaky",
        type: "work",
        restart: { when: "always", maxRestarts: 1_000, backoff: { delayMs: () => 5_000 } },
      },
      () => 1,
    );
    await watched.pass(10);
    expect(watched.firing).toEqual(["TaskRestartStorm"]);
  });

  test("TaskTelemetryDropped says what was lost", async () => {
    const watched = new Watched({}, { limits: { maxSeries: 2 } });
    await watched.pass(1);
    await watched.pass(11, () => {
      for (const name of ["a", "b", "c", "d"]) watched.tasks.wrap({ name, type: "work" }, () => 1)();
    });
    expect(watched.firing).toEqual(["TaskTelemetryDropped"]);
    expect(watched.alert("TaskTelemetryDropped")?.labels).toEqual({ loss: "tasks without a series" });
  });
});

describe("healthRules()", { timeout: 240_000 }, () => {
  test("health(tasks) watches a tracker that is there already", async () => {
    const clock = new ManualClock();
    const tasks = createTracker({ clock });
    const watch = health(tasks, { thresholds: { stuckTasks: 0 } });
    const late = tasks.open({ name: "late", expectedMs: 1_000 });
    late.start();
    await clock.advance(6 * 60_000);
    expect(watch.report()).toMatchObject({ status: "degraded", alerts: [{ name: "TaskStuck" }] });
    expect(late.state).toBe("running"); // Held until here: else a collection would prove it lost.
    await tasks.shutdown({ drainMs: 0, graceMs: 0 });
    expect(watch.report().alerts).toEqual([]);
    expect(clock.pending.total).toBe(0);
  });

  test("its timer keeps no process running", () => {
    const clock = new ManualClock();
    createTracker({ clock, plugins: [healthRules()] });
    expect(clock.pending.keptAlive).toBe(0);
  });

  test("adds several trackers up", async () => {
    const watched = new Watched({ thresholds: { failures: 30 } });
    const other = createTracker({ clock: watched.clock });
    const remove = other.use(watched.health);
    await watched.pass(8, () => {
      watched.end(1, 1);
      const fail = other.wrap({ name: "task", type: "work" }, () => {
        throw new Error("no");
      });
      expect(fail).toThrow();
    });
    expect(watched.firing).toEqual(["HighTaskFailureRate"]);
    expect(watched.alert("HighTaskFailureRate")?.value).toBeCloseTo(2 / 3);
    await remove();
    await other.shutdown();
  });

  test("what onChange throws is reported, and the rules go on", async () => {
    const watched = new Watched({
      onChange: () => {
        throw new Error("no");
      },
    });
    await watched.pass(6, () => watched.end(1, 10));
    expect(watched.firing).toEqual(["HighTaskFailureRate"]);
    expect(watched.warnings).toEqual(["onChange of healthRules() threw; the rules go on"]);
  });

  test("more types than it keeps apart are looked at together", async () => {
    const watched = new Watched();
    await watched.pass(6, () => {
      for (let type = 0; type < 130; type += 1) watched.end(0, 1, `type-${type}`);
    });
    const labels = watched.changes.map(({ alert }) => alert.labels["task_type"]);
    expect(labels).toHaveLength(101);
    expect(labels).toContain("__other__");
  });

  test.each([
    [{ everyMs: 0 }, "everyMs"],
    [{ everyMs: 120_000 }, "everyMs"],
    [{ thresholds: { failureRatio: "5%" } }, "thresholds.failureRatio"],
    [{ thresholds: { surgeFactor: 1 } }, "thresholds.surgeFactor"],
    [{ webhook: "http://x" }, "webhook"],
    [{ webhook: { url: "file:///etc/passwd" } }, "webhook.url"],
    [{ alertmanager: { url: "http://u:secret@[" } }, "alertmanager.url"],
    [{ webhook: { url: "http://x", headers: { "a\nb": "c" } } }, "webhook.headers"],
    [{ labels: { "not a label": "x" } }, "labels"],
    [{ longLivedTypes: "worker" }, "longLivedTypes"],
    [{ onChange: true }, "onChange"],
    [{ rules: [] }, "rules"],
  ])("refuses %j, by name and without a secret", (options, option) => {
    expect(() => healthRules(options as object)).toThrow(option);
    expect(() => healthRules(options as object)).not.toThrow("secret");
    expect(() => healthRules(options as object)).toThrowError(
      expect.objectContaining({ code: "TASKSCOPE_INVALID_OPTION" }),
    );
  });
});

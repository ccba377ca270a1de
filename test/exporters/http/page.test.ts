import { createTracker } from "taskscope";
import type { PluginContext, Tracker } from "taskscope";
import { clusterCollector } from "taskscope/cluster";
import { metricsPage } from "taskscope/http";
import { promClient } from "taskscope/prom-client";
import { ManualClock } from "taskscope/testing";
import { describe, expect, test } from "vitest";
import { openMetrics, prometheusText } from "../../../src/exporters/http/exposition-format.ts";
import { LabelTexts } from "../../../src/exporters/http/label-texts.ts";
import { metrics } from "../../../src/metrics/index.ts";
import { expectBalance, exposedCounts, heldCounts } from "../balance.ts";
import { canonicalLines, parseExposition } from "../exposition.ts";

describe("what is on a page", () => {
  test("no name, however hostile, leaves its quotes", async () => {
    const page = metricsPage();
    const tasks = createTracker({ plugins: [page] });
    const names = [
      '"} 1\ntaskscope_tasks_running{x="',
      "\\",
      '\\"',
      "a\\nb",
      "# EOF",
      "{}",
      "__proto__",
      "✓ 名前",
    ];
    for (const name of names) tasks.wrap({ name, type: name }, () => {})();
    const expected = names.map(
      (name) => tasks.stats().bySeries.find((series) => series.type === name)?.name ?? name,
    );
    for (const accept of ["text/plain", "application/openmetrics-text"]) {
      const { samples } = parseExposition((await page.render(accept)).body);
      const spawned = samples.filter(({ name }) => name === "taskscope_tasks_spawned_total");
      const unescaped = spawned.map(({ labels }) =>
        (labels["task_name"] ?? "").replaceAll(/\\(.)/g, (_, letter: string) =>
          letter === "n" ? "\n" : letter,
        ),
      );
      expect(spawned).toHaveLength(names.length);
      expect(spawned.every(({ value }) => value === 1)).toBe(true);
      expect(unescaped.slice(1)).toEqual(expected.slice(1));
      expect(unescaped[0]).not.toContain("\n");
    }
  });

  test("a label of a plugin's own may hold anything", async () => {
    const page = metricsPage();
    const hostile = 'a"b\\c\nd\r\u0000';
    const contribute = (context: PluginContext): void =>
      context.contributeMetrics(() => [
        { metric: "breakerState", labels: { breaker: hostile, state: "open" }, value: 1 },
      ]);
    createTracker({ plugins: [page, { name: "contributes", setup: contribute }] });
    const { body } = await page.render();
    expect(body).toContain('taskscope_breaker_state{breaker="a\\"b\\\\c\\nd\r\u0000",state="open"} 1\n');
  });

  test("help is escaped as each format wants it", () => {
    const row = { ...metrics.spawned, help: 'a "quote", a \\ and a\nline' };
    expect(prometheusText.head(row, "x_")).toContain(
      '# HELP x_tasks_spawned_total a "quote", a \\\\ and a\\nline\n',
    );
    expect(openMetrics.head(row, "x_")).toContain(
      '# HELP x_tasks_spawned a \\"quote\\", a \\\\ and a\\nline\n',
    );
  });

  test("a unit is named where it ends the name, and only in OpenMetrics", () => {
    expect(openMetrics.head(metrics.duration, "x_")).toContain("# UNIT x_task_duration_seconds seconds\n");
    expect(openMetrics.head(metrics.running, "x_")).not.toContain("UNIT");
    expect(openMetrics.head({ ...metrics.duration, prometheusName: "age" }, "x_")).not.toContain("UNIT");
    expect(prometheusText.head(metrics.duration, "x_")).not.toContain("UNIT");
  });

  test("several trackers with one prefix add up in one family, those with another stay apart", async () => {
    const page = metricsPage();
    const trackers = ["taskscope", "taskscope", "beta"].map((prefix, index) => {
      const clock = {
        now: () => index,
        epochMs: () => index * 1_000,
        setTimer: () => ({ cancel: () => {} }),
      };
      return createTracker({ prefix, plugins: [page], clock });
    });
    for (const tasks of trackers) {
      tasks.wrap("work", () => {})();
      void tasks.run("open", () => new Promise(() => {}));
    }
    const { body } = await page.render();
    expect(body.match(/# TYPE taskscope_tasks_spawned_total /g)).toHaveLength(1);
    expect(body).toContain('taskscope_tasks_spawned_total{task_type="general",task_name="work"} 2\n');
    expect(body).toContain('beta_tasks_spawned_total{task_type="general",task_name="work"} 1\n');
    expect(body).toContain(
      'taskscope_task_duration_seconds_bucket{task_type="general",task_name="work",outcome="completed",le="0.001"} 2\n',
    );
    expect(body).toContain(
      'taskscope_oldest_running_task_start_time_seconds{task_type="general",task_name="open"} 0\n',
    );
    expect(body).toMatch(/^taskscope_build_info\{version="[^"]+"\} 1$/m);
  });

  test("each sample stands once, whatever a tracker collects from other loops and from its plugins", async () => {
    const page = metricsPage();
    const prom = promClient();
    const contribute = (context: PluginContext): void =>
      context.contributeMetrics(() =>
        [0, 1, 0].map((value) => ({
          metric: "breakerState",
          labels: { breaker: "payments", state: "open" },
          value,
        })),
      );
    const plugins = [clusterCollector(), page, prom, { name: "contributes", setup: contribute }];
    const tasks = createTracker({ clock: new ManualClock(), plugins });
    tasks.wrap("work", () => {})();
    const lines = canonicalLines(parseExposition((await page.render()).body));
    expect(lines).toEqual(canonicalLines(parseExposition(await prom.registry.metrics())));
    const names = lines.map((line) => line.slice(0, line.lastIndexOf(" ")));
    expect(names).toEqual([...new Set(names)]);
    expect(lines).toContain('taskscope_breaker_state{breaker="payments",state="open"} 1');
    await tasks.shutdown();
  });

  test("ends where it ends, also after a longer one", async () => {
    const page = metricsPage();
    const [kept, gone] = [createTracker({ plugins: [page] }), createTracker({ plugins: [page] })];
    kept.wrap("kept", () => {})();
    const short = await page.render("application/openmetrics-text");
    for (let series = 0; series < 50; series += 1) gone.wrap(`größe-${series}`, () => {})();
    const long = await page.render("application/openmetrics-text");
    await gone.shutdown();
    const again = await page.render("application/openmetrics-text");
    expect(long.body.length).toBeGreaterThan(short.body.length * 10);
    for (const { body } of [short, long, again]) expect(body.match(/# EOF\n/g)).toEqual(["# EOF\n"]);
    expect(exposedCounts(again.body)).toEqual(exposedCounts(short.body));
  });

  test("a tracker that is shut down takes its numbers along", async () => {
    const page = metricsPage();
    const [first, second] = [createTracker({ plugins: [page] }), createTracker({ plugins: [page] })];
    for (const tasks of [first, second]) tasks.wrap("work", () => {})();
    await first.shutdown();
    expect(exposedCounts((await page.render()).body).get("work")?.spawned).toBe(1);
    await second.shutdown();
    expect((await page.render()).body).toBe("");
    expect((await page.render("application/openmetrics-text")).body).toBe("# EOF\n");
  });
});

describe("a page under load", () => {
  test("shows one instant, the one it was asked at, while tasks start and end between its slices", async () => {
    const page = metricsPage();
    const tasks = createTracker({ plugins: [page] });
    for (let series = 0; series < 200; series += 1) tasks.wrap({ name: `series-${series}` }, () => {})();
    const load = startLoad(tasks);
    for (let scrape = 0; scrape < 20; scrape += 1) {
      const held = heldCounts(tasks);
      const rendered = page.render();
      const before = tasks.stats().total.spawned;
      const exposed = exposedCounts((await rendered).body);
      expect(tasks.stats().total.spawned).toBeGreaterThan(before);
      expectBalance(exposed);
      expect(exposed).toEqual(held);
    }
    await load.stop();
  });

  test.each([1, 2])(
    "is written in slices, with turns of the event loop between them (%i trackers)",
    async (count) => {
      const page = metricsPage();
      const trackers = Array.from({ length: count }, () => createTracker({ plugins: [page] }));
      for (const tasks of trackers)
        for (let series = 0; series < 800; series += 1) tasks.wrap({ name: `series-${series}` }, () => {})();
      const load = startLoad(createTracker());
      const turnsBefore = load.turns;
      const { body } = await page.render();
      const lines = body.split("\n").length;
      expect(lines).toBeGreaterThan(25_000);
      expect(load.turns - turnsBefore).toBeGreaterThanOrEqual(
        Math.floor((lines * (count === 1 ? 1 : 3)) / 2_100),
      );
      await load.stop();
    },
  );

  test("those who ask while it is being written share the next one, as of after they asked", async () => {
    const page = metricsPage();
    let reads = 0;
    const counting = (context: PluginContext): ReturnType<typeof page.setup> =>
      page.setup({
        ...context,
        stats: () => {
          reads += 1;
          return context.stats();
        },
      });
    const tasks = createTracker({ plugins: [{ name: "counting", setup: counting }] });
    const work = tasks.wrap("work", () => {});
    work();
    const first = page.render();
    work();
    const others = Array.from({ length: 10 }, () => page.render());
    const spawned = async (rendered: ReturnType<typeof page.render>): Promise<number | undefined> =>
      exposedCounts((await rendered).body).get("work")?.spawned;
    expect(await spawned(first)).toBe(1);
    expect(await Promise.all(others.map(spawned))).toEqual(others.map(() => 2));
    expect(reads).toBe(2);
    work();
    expect(await spawned(page.render())).toBe(3);
  });
});

describe("what is kept of labels", () => {
  test("is what was on the page before, and no more", () => {
    const texts = new LabelTexts();
    const seen = (names: readonly string[]): void => {
      for (const name of names) texts.of({ task_type: "t", task_name: name });
      texts.turn();
    };
    seen(["a", "b", "c"]);
    expect(texts.size).toBe(3);
    seen(["a"]);
    expect(texts.size).toBe(1);
    seen([]);
    expect(texts.size).toBe(0);
  });
});

interface Load {
  readonly turns: number;
  stop(): Promise<void>;
}

/** Starts and ends tasks in every turn of the event loop, until stopped. */
function startLoad(tasks: Tracker): Load {
  let turns = 0;
  let isStopped = false;
  const sync = tasks.wrap("sync", () => {});
  const done = (async () => {
    while (!isStopped) {
      turns += 1;
      sync();
      void tasks.run("fails", () => Promise.reject(new RangeError("as it should"))).catch(() => undefined);
      const queued = tasks.spawn("queued", () => {});
      if (turns % 2 === 0) queued.cancel();
      await new Promise((resolve) => void setImmediate(resolve));
    }
  })();
  return {
    get turns() {
      return turns;
    },
    async stop() {
      isStopped = true;
      await done;
    },
  };
}

import { describe, expect, test } from "vitest";
import { metricFamilies } from "taskscope";
import { durationBounds, spawnLatencyBounds } from "../../../src/metrics/index.ts";
import { PROTOCOL } from "../../../src/exporters/cluster/protocol.ts";
import { Collecting, Reporting } from "./reports.ts";

async function work({ probe: { tasks } }: Reporting, count = 1): Promise<void> {
  for (let task = 0; task < count; task++) {
    await tasks.run("good", () => task);
    await tasks.run("bad", () => Promise.reject(new RangeError())).catch(() => {});
  }
}

const hold = ({ probe: { tasks } }: Reporting): void => void tasks.track("held", new Promise(() => {}));
const ownMetrics = new Set([
  "tracker_memory_bytes",
  "cluster_members",
  "cluster_members_ended",
  "cluster_reports_refused",
]);

describe("reports", () => {
  test("carry every number of a tracker through JSON", async () => {
    const collecting = new Collecting();
    const reporting = new Reporting();
    await work(reporting);
    hold(reporting);
    reporting.probe.tasks.configure({ types: { general: { maxRunning: 7, expectedMs: 900 } } });
    expect(reporting.report(collecting.hub)).toEqual({ "taskscope:cluster": "reply", report: 1 });
    const own = collecting.probe.tasks.stats().total.spawned;
    expect(own).toBe(0);
    const families = (stats: typeof collecting.stats) =>
      metricFamilies("app", [stats]).filter(
        ({ row }) => !ownMetrics.has(row.name) && row.name !== "plugin_errors",
      );
    expect(families(collecting.stats)).toEqual(families(reporting.probe.context.stats()));
  });

  test("are taken whatever plugins call themselves and put into labels", () => {
    const collecting = new Collecting();
    const reporting = new Reporting();
    const hostile = `a\nb\u0000\u202e\ud800${"x".repeat(200)}`;
    reporting.probe.tasks.use({
      name: hostile.repeat(2),
      setup: (context) =>
        context.contributeMetrics(() => [
          { metric: "breakerState", labels: { breaker: hostile, state: "open" }, value: 1 },
        ]),
    });
    expect(reporting.report(collecting.hub)?.refused).toBeUndefined();
    const breaker = collecting.stats.contributed.find(({ metric }) => metric === "breakerState");
    expect(breaker?.labels["breaker"]).toBe(`a_b___${"x".repeat(200)}`);
    expect([...collecting.stats.pluginErrors.keys()].map((name) => name.slice(0, 8))).toContain("a_b___xx");
  });

  test("leave out what has not changed, but for every thirtieth", async () => {
    const reporting = new Reporting();
    await work(reporting);
    const sizes = Array.from({ length: 31 }, () => reporting.messages()).map(
      ([message]) => (message?.["series"] as unknown[] | undefined)?.length,
    );
    expect(sizes).toEqual([2, ...Array.from({ length: 29 }, () => 0), 2]);
  });

  test("of many series come in parts that count together, and not at all when the last is missing", async () => {
    const collecting = new Collecting();
    const reporting = new Reporting();
    for (let name = 0; name < 250; name++) await reporting.probe.tasks.run(`name-${name}`, () => 1);
    const parts = reporting.messages();
    expect(parts).toHaveLength(3);
    for (const part of parts) expect(JSON.stringify(part).length).toBeLessThan(1_048_576 / 4);
    for (const part of parts.slice(0, 2)) collecting.hub.take(part, reporting.channel);
    expect(collecting.stats.series).toEqual([]);
    collecting.hub.take(parts[2], reporting.channel);
    expect(collecting.stats.series).toHaveLength(250);
  });

  test("are understood from the next full one on, by a collector that came late", async () => {
    const collecting = new Collecting();
    const reporting = new Reporting();
    await work(reporting);
    reporting.messages();
    await work(reporting);
    for (let report = 2; report <= 30; report++) reporting.report(collecting.hub);
    expect(collecting.stats.series).toEqual([]);
    reporting.report(collecting.hub);
    expect(collecting.stats.series.find(({ name }) => name === "good")?.completed).toBe(2);
    expect(collecting.refused).toEqual({});
  });

  test("fit the longest names there are into one message of less than 1 MiB", async () => {
    const reporting = new Reporting();
    for (let name = 0; name < 100; name++) {
      const spec = { name: `${name}${"\u{10ffff}".repeat(64)}`, type: "\u{10ffff}".repeat(64) };
      for (let error = 0; error < 20; error++) {
        const failure = class extends Error {};
        Object.defineProperty(failure, "name", { value: `E${error}${"x".repeat(61)}` });
        await reporting.probe.tasks.run(spec, () => Promise.reject(new failure())).catch(() => {});
      }
    }
    const [message, ...more] = reporting.messages();
    expect(more).toEqual([]);
    expect(Buffer.byteLength(JSON.stringify(message))).toBeLessThan(1_048_576);
  });
});

describe("members that go", () => {
  test("leave their counters, and their unfinished tasks as lost", async () => {
    const collecting = new Collecting();
    const reporting = new Reporting();
    await work(reporting, 3);
    hold(reporting);
    reporting.report(collecting.hub);
    const before = collecting.stats;
    collecting.hub.closed(reporting.channel);
    const [good, bad, held] = collecting.stats.series;
    expect(good).toEqual(before.series[0]);
    expect(bad).toEqual(before.series[1]);
    expect(held).toMatchObject({ spawned: 1, running: 0, failed: 1, oldestStartedAtMs: undefined });
    expect(held?.errors).toEqual(new Map([["lost", 1]]));
    expect(collecting.changes).toEqual(["joined", "died"]);
  });

  test("are refused when they come back, so that nothing counts twice", async () => {
    const collecting = new Collecting();
    const first = new Reporting("the same");
    await work(first);
    first.report(collecting.hub, "cancelled");
    const again = new Reporting("the same");
    await work(again);
    expect(again.report(collecting.hub)).toMatchObject({ refused: "rejoined" });
    expect(collecting.stats.series.find(({ name }) => name === "good")?.completed).toBe(1);
  });

  test("ten thousand of them take the room of one", async () => {
    const collecting = new Collecting();
    const template = new Reporting();
    await work(template);
    hold(template);
    const [message = {}] = template.messages();
    for (let member = 0; member < 10_000; member++) {
      const channel = { members: new Map<string, string>() };
      collecting.hub.take({ ...message, member: `member-${member}` }, channel);
      collecting.hub.closed(channel);
    }
    expect(collecting.stats.series).toHaveLength(3);
    expect(collecting.stats.series.map(({ spawned }) => spawned)).toEqual([10_000, 10_000, 10_000]);
    expect(collecting.readings("clusterMembersEnded")).toEqual({ closed: 0, died: 10_000 });
    expect(collecting.readings("clusterMembers")).toEqual({ reporting: 0, stale: 0 });
  });
});

test("an event loop that two trackers share counts once, and goes on to when both are gone", () => {
  const collecting = new Collecting();
  const [message = {}] = new Reporting().messages();
  const rest = message["rest"] as { loops: [{ delay: { counts: number[] } }] };
  const counts = rest.loops[0].delay.counts.map((_, bucket) => (bucket === 0 ? 5 : 0));
  const loops = [{ id: "shared", delay: { sum: 1, counts } }];
  const channels = ["a", "b"].map((member) => {
    const channel = { members: new Map<string, string>() };
    collecting.hub.take({ ...message, member, rest: { ...rest, loops } }, channel);
    return channel;
  });
  const delays = (): number | undefined =>
    metricFamilies("app", [collecting.stats]).find(({ name }) => name === "app_event_loop_delay_seconds")
      ?.samples[0]?.histogram?.count;
  expect(delays()).toBe(5);
  for (const channel of channels) {
    collecting.hub.closed(channel);
    expect(delays()).toBe(5);
  }
});

describe("two collectors of one prefix", () => {
  test("show the numbers once, and the second goes on where the first leaves", async () => {
    const collecting = new Collecting();
    const second = new Collecting().probe;
    collecting.hub.join(second.context, undefined);
    const reporting = new Reporting();
    await work(reporting);
    reporting.report(collecting.hub);
    const completed = (): (number | undefined)[] =>
      [collecting.probe, second].map(
        ({ context }) => context.stats().series.find(({ name }) => name === "good")?.completed,
      );
    expect(completed()).toEqual([1, undefined]);
    collecting.hub.leave(collecting.probe.context);
    expect(completed()).toEqual([undefined, 1]);
  });
});

describe("a report is refused", () => {
  const series = (change: object) => (message: Record<string, unknown>) => ({
    ...message,
    series: [{ ...(message["series"] as object[])[0], ...change }],
  });
  const change = (fields: object) => (message: Record<string, unknown>) => ({ ...message, ...fields });

  test.each<[string, string, (message: Record<string, unknown>) => unknown]>([
    ["nothing", "malformed", () => undefined],
    ["a text", "malformed", () => "report"],
    ["a list", "malformed", (message) => [message]],
    ["another protocol", "protocol", change({ protocol: PROTOCOL + 1 })],
    ["another prefix", "prefix", change({ prefix: "other" })],
    ["no id", "malformed", change({ member: "" })],
    ["an id that is an object", "malformed", change({ member: {} })],
    ["a negative part", "malformed", change({ part: -1 })],
    ["an unknown goodbye", "malformed", change({ goodbye: "later" })],
    ["series that are no list", "malformed", change({ series: { length: 1 } })],
    ["more series than a message has", "malformed", change({ series: Array(5_001).fill(null) })],
    ["books that do not balance", "malformed", series({ spawned: 9 })],
    ["a count below 0", "malformed", series({ restarted: -1 })],
    ["a count beyond what is exact", "malformed", series({ stuck: 2 ** 53 })],
    ["a count that is a text", "malformed", series({ unresponsive: "1" })],
    ["a name with a line break", "malformed", series({ name: 'x" 1\ntaskscope_fake 1' })],
    ["a name that is too long", "malformed", series({ name: "x".repeat(257) })],
    ["an error type that is a message", "malformed", series({ errors: [["no such user 7", 1]] })],
    ["a histogram with other bounds", "malformed", series({ spawnLatency: { sum: 1, counts: [1] } })],
    ["a sum that is no number", "malformed", series({ spawnLatency: { sum: null, counts: [] } })],
    ["durations that are null", "malformed", series({ durations: null })],
    ["a rest that is a list", "malformed", change({ rest: [] })],
  ])("that is or has %s, as %s", async (_, reason, hostile) => {
    const collecting = new Collecting();
    const reporting = new Reporting();
    await work(reporting);
    const [message = {}] = reporting.messages();
    expect(collecting.hub.take(hostile(message), reporting.channel)).toMatchObject({ refused: reason });
    expect(collecting.refused).toEqual({ [reason]: 1 });
    expect(collecting.stats.series).toEqual([]);
    expect(collecting.probe.warnings).toHaveLength(1);
  });

  test("that lets a counter fall; its member is taken for dead, and no counter falls", async () => {
    const collecting = new Collecting();
    const honest = new Reporting("one");
    await work(honest, 5);
    honest.report(collecting.hub);
    const smaller = new Reporting("one");
    await work(smaller, 4);
    expect(smaller.report(collecting.hub)).toMatchObject({ refused: "malformed" });
    expect(collecting.stats.series.find(({ name }) => name === "good")?.completed).toBe(5);
    expect(collecting.changes).toEqual(["joined", "died"]);
  });

  test("when there are a thousand members", () => {
    const collecting = new Collecting();
    const [message = {}] = new Reporting().messages();
    const channel = { members: new Map<string, string>() };
    for (let member = 0; member < 1_000; member++) {
      expect(collecting.hub.take({ ...message, member: `m${member}` }, channel)).not.toHaveProperty(
        "refused",
      );
    }
    expect(collecting.hub.take({ ...message, member: "m" }, channel)).toMatchObject({ refused: "members" });
    expect(collecting.readings("clusterMembers")).toEqual({ reporting: 1_000, stale: 0 });
  });

  test("and keys like __proto__ are names like others", async () => {
    const collecting = new Collecting();
    const reporting = new Reporting();
    await reporting.probe.tasks.run({ name: "__proto__", type: "constructor" }, () => 1);
    reporting.report(collecting.hub);
    expect(collecting.stats.series).toMatchObject([{ type: "constructor", name: "__proto__", completed: 1 }]);
  });
});

test("the series of all members are bounded; beyond that they are counted as __other__, and never move", () => {
  const collecting = new Collecting();
  const [message = {}] = new Reporting().messages();
  const counts = {
    completed: 1,
    failed: 0,
    cancelled: 0,
    queued: 0,
    running: 0,
    restarted: 0,
    gaveUp: 0,
    lost: 0,
  };
  const all = { spawned: 1, unresponsive: 0, stuck: 0, errors: [], rejected: [], durations: {}, ...counts };
  const channels = Array.from({ length: 3 }, (_, member) => {
    const channel = { members: new Map<string, string>() };
    const series = Array.from({ length: 4_000 }, (__, name) => ({
      ...all,
      type: "t",
      name: `${member}-${name}`,
    }));
    collecting.hub.take({ ...message, member: `m${member}`, series }, channel);
    return channel;
  });
  const other = (): number | undefined =>
    collecting.stats.series.find(({ name }) => name === "__other__")?.completed;
  expect(collecting.stats.series).toHaveLength(10_001);
  expect(other()).toBe(2_000);
  expect(collecting.stats.seriesOverflow).toBe(2_000);
  for (const channel of channels) collecting.hub.closed(channel);
  expect(collecting.stats.series).toHaveLength(10_001);
  expect(other()).toBe(2_000);
  expect(collecting.stats.seriesOverflow).toBe(2_000);
});

test("the number of the protocol stands for the bounds of the histograms and the fields of a report", async () => {
  const reporting = new Reporting();
  await work(reporting);
  const [message = {}] = reporting.messages("lost");
  const [series] = message["series"] as Record<string, unknown>[];
  // Whoever has to change one of these raises PROTOCOL: members and collectors of two versions meet.
  expect({
    protocol: PROTOCOL,
    durationBounds,
    spawnLatencyBounds,
    message: Object.keys(message).toSorted(),
    series: Object.keys(series ?? {}).toSorted(),
    rest: Object.keys(message["rest"] as object).toSorted(),
  }).toMatchInlineSnapshot(`
    {
      "durationBounds": [
        0.001,
        0.005,
        0.01,
        0.025,
        0.05,
        0.1,
        0.25,
        0.5,
        1,
        2.5,
        5,
        10,
        30,
        60,
        300,
        1800,
      ],
      "message": [
        "goodbye",
        "intervalMs",
        "isFull",
        "isLast",
        "member",
        "part",
        "pid",
        "prefix",
        "protocol",
        "report",
        "rest",
        "series",
        "taskscope:cluster",
        "threadId",
        "version",
      ],
      "protocol": 1,
      "rest": [
        "cleanups",
        "contributed",
        "eventsDropped",
        "expectedMs",
        "groupFailures",
        "limits",
        "loops",
        "memoryBytes",
        "pluginErrors",
        "seriesOverflow",
        "trackerTasks",
      ],
      "series": [
        "cancelled",
        "completed",
        "durations",
        "errors",
        "failed",
        "gaveUp",
        "lost",
        "name",
        "queued",
        "rejected",
        "restarted",
        "running",
        "spawnLatency",
        "spawned",
        "stuck",
        "type",
        "unresponsive",
      ],
      "spawnLatencyBounds": [
        0.00001,
        0.00005,
        0.0001,
        0.0005,
        0.001,
        0.005,
        0.01,
        0.05,
        0.1,
        0.25,
        0.5,
        1,
        2.5,
        10,
        60,
      ],
    }
  `);
});

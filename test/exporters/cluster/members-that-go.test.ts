import { expect, test } from "vitest";
import { metricFamilies } from "taskscope";
import { durationBounds } from "../../../src/metrics/index.ts";
import { ReportWriter } from "../../../src/exporters/cluster/report-writer.ts";
import { Collecting, Reporting } from "./reports.ts";

const durationCounts = [...durationBounds, Infinity].map((_, bucket) => (bucket === 7 ? 1 : 0));

test("what was counted of an event loop stays when the one goes that knew most of it", () => {
  const collecting = new Collecting();
  const [message = {}] = new Reporting().messages();
  const rest = message["rest"] as { loops: [{ delay: { counts: number[] } }] };
  const report = (member: string, loops: Readonly<Record<string, number>>): (() => void) => {
    const channel = { members: new Map<string, string>() };
    const told = Object.entries(loops).map(([id, count]) => ({
      id,
      delay: {
        sum: count,
        counts: rest.loops[0].delay.counts.map((_, bucket) => (bucket === 0 ? count : 0)),
      },
    }));
    collecting.hub.take({ ...message, member, rest: { ...rest, loops: told } }, channel);
    return () => collecting.hub.closed(channel);
  };
  const delays = (): number | undefined =>
    metricFamilies("app", [collecting.stats]).find(({ name }) => name === "app_event_loop_delay_seconds")
      ?.samples[0]?.histogram?.count;
  const ends = [report("late", { shared: 5 }), report("early", { shared: 3 }), report("other", { own: 7 })];
  expect(delays()).toBe(12);
  for (const end of ends) {
    end();
    expect(delays()).toBe(12);
  }
});

test("loops that are gone from trackers that pass their sums on count each", () => {
  const top = new Collecting();
  const middles = [new Collecting(), new Collecting()];
  for (const [index, middle] of middles.entries()) {
    const [message = {}] = new Reporting().messages();
    const rest = message["rest"] as { loops: [{ delay: { counts: number[] } }] };
    const counts = rest.loops[0].delay.counts.map((_, bucket) => (bucket === 0 ? 4 : 0));
    const channel = { members: new Map<string, string>() };
    const loops = [{ id: `loop-${index}`, delay: { sum: 1, counts } }];
    middle.hub.take({ ...message, rest: { ...rest, loops } }, channel);
    middle.hub.closed(channel);
    const { trackerId: member, version, prefix } = middle.probe.context;
    const writer = new ReportWriter({ member, version, prefix, pid: 1, threadId: 0, intervalMs: 1_000 });
    for (const part of writer.write(middle.stats)) top.hub.take(part, { members: new Map() });
  }
  const loops = [top.stats.eventLoop, ...top.stats.otherLoops];
  expect(loops.reduce((sum, { delay }) => sum + delay.count, 0)).toBe(8);
});

test("a sum of times does not fall by its last digit when members go", async () => {
  const collecting = new Collecting();
  const own = collecting.probe.tasks.open("upload");
  own.start();
  await collecting.probe.clock.advance(1 / 3);
  own.complete();
  // In one order 0.6, in another 0.6000000000000001.
  const channels = [100, 200, 300].map((ms, index) => {
    const reporting = new Reporting();
    const [message = {}] = reporting.messages();
    const rest = message["rest"] as { loops: [{ delay: { counts: number[] } }] };
    const counts = rest.loops[0].delay.counts.map((_, bucket) => (bucket === 0 ? 1 : 0));
    const labels = { task_type: "general", task_name: "upload" };
    const blocked = { metric: "loopBlocked", labels, value: ms / 1_000 };
    const loops = [{ id: `loop-${index}`, delay: { sum: ms / 1_000, counts } }];
    const series = {
      ...{ type: "general", name: "upload", spawned: 1, queued: 0, running: 0, completed: 1, failed: 0 },
      ...{
        cancelled: 0,
        unresponsive: 0,
        restarted: 0,
        gaveUp: 0,
        lost: 0,
        stuck: 0,
        errors: [],
        rejected: [],
      },
      durations: { completed: { sum: ms / 1_000, counts: durationCounts } },
    };
    const report = { ...message, series: [series], rest: { ...rest, loops, contributed: [blocked] } };
    collecting.hub.take(report, reporting.channel);
    return reporting.channel;
  });
  const sums = (): (number | undefined)[] => {
    const families = metricFamilies("app", [collecting.stats]);
    return ["task_duration_seconds", "event_loop_blocked_seconds", "event_loop_delay_seconds"].map((name) => {
      const sample = families.find(({ row }) => row.name === name)?.samples[0];
      return sample?.histogram?.sum ?? sample?.value;
    });
  };
  const before = sums();
  expect(before.map((sum) => sum?.toFixed(2))).toEqual(["0.60", "0.60", "0.60"]);
  for (const channel of channels.toReversed()) {
    collecting.hub.closed(channel);
    expect(sums()).toEqual(before);
  }
});

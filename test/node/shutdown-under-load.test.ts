import { performance } from "node:perf_hooks";
import { afterEach, beforeEach, expect, test } from "vitest";
import { FixtureProcess } from "../fixtures/fixture-process.ts";
import { receiveOtlp } from "./otlp-receiver.ts";
import type { OtlpReceiver } from "./otlp-receiver.ts";

const DRAIN_MS = 3_000;
const GRACE_MS = 500;

let receiver: OtlpReceiver;

beforeEach(async () => {
  receiver = await receiveOtlp();
});
afterEach(() => receiver.close());

/** The values of a metric in its last export, by name of task. */
function lastExported(metric: string): Record<string, number> {
  const last = receiver.metrics.findLast(({ name }) => name === metric);
  return Object.fromEntries(
    (last?.points ?? []).map(({ attributes, value }) => [attributes["task_name"], value]),
  );
}

test("SIGTERM with 1,000 running tasks of which 50 never yield: drained, cancelled, named, exported, in time", async () => {
  const child = new FixtureProcess("shutdown-under-load.ts", [
    receiver.url,
    String(DRAIN_MS),
    String(GRACE_MS),
  ]);
  await child.said("ready 1000");
  const startMs = performance.now();
  child.kill("SIGTERM");
  expect(await child.exited).toEqual({ code: 143, signal: null });
  const tookMs = performance.now() - startMs;

  expect(child.stdout).toContain(
    `result ${JSON.stringify({ completed: 700, cancelled: 300, unresponsive: 50, deaf: 50 })}`,
  );
  expect(child.stderr).toMatch(
    /^\(node:\d+\) TaskscopeWarning: Shut down on SIGTERM; 50 bodies go on: (deaf \(network, \d+\), ){19}deaf \(network, \d+\) and 30 more$/m,
  );
  expect(lastExported("taskscope_tasks_spawned")).toEqual({ short: 700, listens: 250, deaf: 50 });
  expect(lastExported("taskscope_tasks_completed")).toMatchObject({ short: 700 });
  expect(lastExported("taskscope_tasks_cancelled")).toMatchObject({ listens: 250, deaf: 50 });
  expect(lastExported("taskscope_tasks_running")).toEqual({ short: 0, listens: 0, deaf: 0 });
  expect(lastExported("taskscope_tasks_unresponsive")).toMatchObject({ deaf: 50 });
  expect(receiver.spans.filter(({ name }) => name === "short")).toHaveLength(700);
  // The bound that the shutdown promises: its phases, and a second for flushing and leaving.
  expect(tookMs).toBeLessThan(DRAIN_MS + GRACE_MS + 1_000);
}, 240_000);

import { describe, expect, test } from "vitest";
import { alertThresholds, defaultLongLivedTypes } from "../../src/alerts/index.ts";
import { readHealthOptions } from "../../src/health/health-options.ts";
import { healthRuleTable } from "../../src/health/rules.ts";
import { alerts, thresholdsOf } from "../ops/rule-file.ts";
import type { AlertRule } from "../ops/rule-file.ts";

/** What one process cannot see of itself, and why. */
const notInProcess: Readonly<Record<string, string>> = {
  TaskSpawnSurge: "needs the hours before",
  TaskSpawnsStopped: "needs the hours before",
  TaskErrorBudgetBurn: "needs days",
  TaskSpawnLatencyBudgetBurn: "needs days",
  "TaskEventLoopBlocked task": "blockedLoop announces each block, with its task, by an event",
  "TaskRestartStorm process": "a process that is gone counts nothing",
  TaskMetricsTargetDown: "looks at the way to Prometheus",
  TaskMetricsJobAbsent: "looks at the way to Prometheus",
  TaskMetricsMissing: "looks at the way to Prometheus",
  TaskMetricsVanished: "looks at the way to Prometheus",
  Watchdog: "looks at the way to Prometheus",
};

const UNITS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000 };

function inMs(duration = "0s"): number {
  return Number(duration.slice(0, -1)) * (UNITS[duration.slice(-1)] ?? Number.NaN);
}

function keyOf(name: string, scope: string | undefined): string {
  return scope === undefined ? name : `${name} ${scope}`;
}

const shipped = new Map(
  alerts.map((rule) => [keyOf(rule.alert, rule.labels["scope"]), rule] as [string, AlertRule]),
);
/** The rule about tasks of which nothing is expected has a name of another one. */
const keys = healthRuleTable.map(({ name, threshold }) =>
  keyOf(name, threshold === "stuckSeconds" ? "unexpected" : undefined),
);

describe("the rules in process", () => {
  test("are those of alerts/ but for what one process cannot see", () => {
    const expected = [...shipped.keys()].filter((key) => notInProcess[key] === undefined);
    expect(keys.toSorted()).toEqual(expected.toSorted());
    expect(Object.keys(notInProcess).filter((key) => !shipped.has(key))).toEqual([]);
  });

  test.each(healthRuleTable.map((rule, index) => [keys[index] ?? "", rule] as const))(
    "%s has the severity, durations, summary and threshold of the rule file",
    (key, rule) => {
      const { severity, forMs, keepFiringMs, summary, threshold } = rule;
      const file = shipped.get(key);
      expect({ severity, forMs, keepFiringMs, summary }).toEqual({
        severity: file?.labels["severity"],
        forMs: inMs(file?.for),
        keepFiringMs: inMs(file?.keep_firing_for),
        summary: file?.annotations["summary"],
      });
      if (threshold !== 0)
        expect(thresholdsOf(rule.name)).toContain(readHealthOptions({}).thresholds[threshold]);
    },
  );

  test("look back as far as the expressions of the rule file", () => {
    const windows = new Map<string, readonly string[]>([
      ["TaskLeakDetected", ["[5m]", "offset 10m", "explained:rate5m"]],
      ["TaskLeakSuspected", ["[30m]", "offset 1h", "explained:rate30m"]],
      ["TasksInFlightUnexplained", ["[30m]", "explained:rate30m"]],
      ["TasksNotSettling", ["[15m]"]],
      ["TasksLost", ["[15m]"]],
      ["HighTaskFailureRate", ["rate5m", "[10m]"]],
      ["TaskRestartStorm", ["[10m]"]],
      ["TaskQueueGrowing", ["[5m]", "offset 10m"]],
      ["TasksRejected", ["[10m]", "duplicate|closed"]],
      ["TaskEventLoopBlocked", ["0.99", "[5m]"]],
      ["TaskTelemetryDropped", ["[15m]"]],
    ]);
    for (const [name, parts] of windows)
      for (const part of parts)
        expect([name, shipped.get(name)?.expr]).toEqual([name, expect.stringContaining(part)]);
  });

  test("have every threshold of the alerts they have, and the same long-lived types", () => {
    const { thresholds, longLivedTypes } = readHealthOptions({});
    const names = new Set(healthRuleTable.map(({ name }) => name));
    const wanted = Object.entries(alertThresholds).filter(
      ([name, { alerts: of }]) =>
        !["processRestarts", "loopHeldRatio"].includes(name) && of.some((alert) => names.has(alert)),
    );
    expect(thresholds).toEqual(Object.fromEntries(wanted.map(([name, { value }]) => [name, value])));
    expect([...longLivedTypes].join("|")).toBe(defaultLongLivedTypes);
  });
});

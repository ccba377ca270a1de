import { histogramQuantile } from "../plugin/index.ts";
import type { Finding, HealthRule, RuleInput } from "./rule.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** Looks at each of some types; a finding is labelled with its type. */
function byType(
  types: readonly string[],
  valueOf: (type: string) => number | undefined,
  labels: Readonly<Record<string, string>> = {},
): Finding[] {
  return types.flatMap((type) => {
    const value = valueOf(type);
    return value === undefined ? [] : [{ labels: { ...labels, task_type: type }, value }];
  });
}

/** `undefined` unless the condition holds. */
function when(holds: boolean, value: number): number | undefined {
  return holds ? value : undefined;
}

/** Little's law: what runs beyond a factor of the seconds of task life that finish in a second does not settle. */
function isExplained(
  { history, thresholds }: RuleInput,
  type: string,
  running: number,
  windowMs: number,
  slack = 0,
): boolean {
  return running <= thresholds.leakFactor * history.rate(type, "durationSeconds", windowMs) + slack;
}

/** Running now, at its lowest, is above the highest it was before, and settling tasks do not explain it. */
function growing(input: RuleInput, windowMs: number, offsetMs: number, growth: number): Finding[] {
  return byType(input.types, (type) => {
    const lowest = input.history.min(type, "running", windowMs);
    const highest = input.history.max(type, "running", windowMs, offsetMs);
    if (lowest === undefined || highest === undefined || lowest <= highest + growth) return undefined;
    return when(!isExplained(input, type, lowest, windowMs), lowest);
  });
}

function rule(
  name: string,
  [severity, forMinutes, keepMinutes]: readonly [HealthRule["severity"], number, number],
  [threshold, unit]: readonly [HealthRule["threshold"], string],
  summary: string,
  find: HealthRule["find"],
): HealthRule {
  const [forMs, keepFiringMs] = [forMinutes * MINUTE, keepMinutes * MINUTE];
  return { name, severity, forMs, keepFiringMs, threshold, unit, summary, find };
}

/**
 * The rules: names, severities, durations, conditions and summaries of `alerts/taskscope.rules.yml`, held equal by a test.
 * Left out are those that need days of history, the hours before, or another process to see that this one is gone.
 */
export const healthRuleTable: readonly HealthRule[] = [
  rule(
    "HighTaskSpawnRate",
    ["warning", 2, 5],
    ["spawnsPerSecond", "tasks spawned per second"],
    "Tasks are being spawned unusually fast",
    ({ history, thresholds }) => {
      const value = history.rate(undefined, "spawned", 5 * MINUTE);
      return value > thresholds.spawnsPerSecond ? [{ labels: {}, value }] : [];
    },
  ),
  rule(
    "TaskLeakDetected",
    ["critical", 5, 0],
    ["leakGrowth", "tasks running; so many more than 10 minutes before are too many"],
    "Tasks start and do not settle",
    (input) => growing(input, 5 * MINUTE, 10 * MINUTE, input.thresholds.leakGrowth),
  ),
  rule(
    "TaskLeakSuspected",
    ["warning", 10, 15],
    ["slowLeakGrowth", "tasks running; so many more than an hour before are too many"],
    "Running tasks grow slowly and do not settle",
    (input) => growing(input, 30 * MINUTE, HOUR, input.thresholds.slowLeakGrowth),
  ),
  rule(
    "TasksInFlightUnexplained",
    ["warning", 60, 0],
    ["unexplainedTasks", "tasks running at the least, for half an hour"],
    "Far more tasks run than those that settle explain",
    (input) =>
      byType(input.settlingTypes, (type) => {
        const slack = input.thresholds.unexplainedTasks;
        const lowest = input.history.min(type, "running", 30 * MINUTE);
        if (lowest === undefined || lowest <= slack) return undefined;
        return when(!isExplained(input, type, lowest, 30 * MINUTE, slack), lowest);
      }),
  ),
  rule(
    "TasksNotSettling",
    ["warning", 15, 0],
    [0, "tasks running at the least, for 15 minutes, while none settles"],
    "Tasks of a type run and none of them settles",
    ({ history, settlingTypes }) =>
      byType(settlingTypes, (type) => {
        const lowest = history.min(type, "running", 15 * MINUTE) ?? 0;
        if (lowest <= 0 || history.now(type).isExpected) return undefined;
        const settled = (["completed", "failed", "cancelled"] as const).some(
          (outcome) => history.increase(type, outcome, 15 * MINUTE) > 0,
        );
        return when(!settled, lowest);
      }),
  ),
  rule(
    "TaskStuck",
    ["warning", 5, 0],
    ["stuckTasks", "tasks older than expected"],
    "Tasks run for longer than expected",
    ({ history, thresholds, types }) =>
      byType(types, (type) => {
        const { stuck } = history.now(type);
        return when(stuck > thresholds.stuckTasks, stuck);
      }),
  ),
  rule(
    "TaskStuck",
    ["warning", 5, 0],
    ["stuckSeconds", "seconds that the oldest task runs"],
    "A task runs for very long",
    ({ history, thresholds, settlingTypes }) =>
      byType(
        settlingTypes,
        (type) => {
          const { oldestStartedAtMs, isExpected } = history.now(type);
          const ageSeconds = ((history.latest?.epochMs ?? 0) - oldestStartedAtMs) / 1_000;
          return when(ageSeconds > thresholds.stuckSeconds && !isExpected, ageSeconds);
        },
        { scope: "unexpected" },
      ),
  ),
  rule(
    "TasksLost",
    ["warning", 0, 0],
    ["lostTasks", "tasks lost in 15 minutes"],
    "Tasks can never settle",
    ({ history, thresholds, types }) =>
      byType(types, (type) => {
        const lost = history.increase(type, "lost", 15 * MINUTE);
        return when(lost > thresholds.lostTasks, lost);
      }),
  ),
  rule(
    "TaskUnresponsive",
    ["warning", 5, 0],
    ["unresponsiveBodies", "bodies that go on after the end of their tasks"],
    "Bodies of ended tasks go on and do not stop",
    ({ history, thresholds, types }) =>
      byType(types, (type) => {
        const { unresponsive } = history.now(type);
        return when(unresponsive > thresholds.unresponsiveBodies, unresponsive);
      }),
  ),
  rule(
    "HighTaskFailureRate",
    ["warning", 3, 5],
    ["failureRatio", "of the tasks that settle fail"],
    "An unusual share of tasks fails",
    ({ history, thresholds, types }) =>
      byType(types, (type) => {
        const failed = history.increase(type, "failed", 5 * MINUTE);
        const attempted = failed + history.increase(type, "completed", 5 * MINUTE);
        if (attempted === 0 || failed / attempted <= thresholds.failureRatio) return undefined;
        return when(history.increase(type, "failed", 10 * MINUTE) > thresholds.failures, failed / attempted);
      }),
  ),
  rule(
    "TaskRestartStorm",
    ["warning", 5, 0],
    ["restarts", "restarts in 10 minutes"],
    "Tasks of a type are restarted again and again",
    ({ history, thresholds, types }) =>
      byType(types, (type) => {
        const restarts = history.increase(type, "restarted", 10 * MINUTE);
        const spawned = history.increase(type, "spawned", 10 * MINUTE);
        return when(
          restarts > thresholds.restarts && restarts > thresholds.restartsPerSpawn * spawned,
          restarts,
        );
      }),
  ),
  rule(
    "TaskConcurrencySaturated",
    ["warning", 15, 0],
    ["saturation", "of the limit is running"],
    "A type runs at its limit",
    ({ history, thresholds, types }) =>
      byType(types, (type) => {
        const { running, limit } = history.now(type);
        return when(limit > 0 && running / limit > thresholds.saturation, running / limit);
      }),
  ),
  rule(
    "TaskQueueGrowing",
    ["warning", 10, 0],
    ["queuedTasks", "tasks queued at the least, and more than 10 minutes before"],
    "The queue of a type grows and grows",
    ({ history, thresholds, types }) =>
      byType(types, (type) => {
        const lowest = history.min(type, "queued", 5 * MINUTE);
        const highest = history.max(type, "queued", 5 * MINUTE, 10 * MINUTE);
        if (lowest === undefined || highest === undefined) return undefined;
        return when(lowest > highest && lowest > thresholds.queuedTasks, lowest);
      }),
  ),
  rule(
    "TasksRejected",
    ["warning", 10, 0],
    ["rejections", "tasks refused in 10 minutes"],
    "Tasks are refused",
    ({ history, thresholds, types }) =>
      byType(types, (type) => {
        const refused = history.increase(type, "refused", 10 * MINUTE);
        return when(refused > thresholds.rejections, refused);
      }),
  ),
  rule(
    "TaskEventLoopBlocked",
    ["warning", 10, 0],
    ["loopDelaySeconds", "seconds that a timer is late, one time in a hundred"],
    "An event loop is blocked again and again",
    ({ history, thresholds }) => {
      const delays = history.loopDelays(5 * MINUTE).map((delay) => histogramQuantile(delay, 0.99) ?? 0);
      const value = Math.max(0, ...delays);
      return value > thresholds.loopDelaySeconds ? [{ labels: {}, value }] : [];
    },
  ),
  rule(
    "TaskAccountingMismatch",
    ["warning", 10, 0],
    [0, "tasks that the numbers do not account for"],
    "The numbers of tasks do not add up",
    ({ history, types }) =>
      byType(types, (type) => {
        const { spawned, completed, failed, cancelled, running, queued } = history.now(type);
        const missing = Math.abs(spawned - completed - failed - cancelled - running - queued);
        return when(missing > 0, missing);
      }),
  ),
  rule(
    "TaskTelemetryDropped",
    ["warning", 10, 0],
    ["telemetryLosses", "losses in 15 minutes"],
    "Telemetry of tasks is lost",
    ({ history, thresholds }) =>
      Array.from(history.latest?.losses.keys() ?? [], (loss) => ({
        labels: { loss },
        value: history.lossIncrease(loss, 15 * MINUTE),
      })).filter(({ value }) => value > thresholds.telemetryLosses),
  ),
];

import { alertThresholds } from "../alerts/index.ts";
import { InvalidOptionError, joinPath, readOptions } from "../errors/index.ts";

/** The thresholds of `alerts/` that rules inside one process have. */
const names = [
  "spawnsPerSecond",
  "leakGrowth",
  "slowLeakGrowth",
  "unexplainedTasks",
  "leakFactor",
  "stuckSeconds",
  "stuckTasks",
  "lostTasks",
  "unresponsiveBodies",
  "failureRatio",
  "failures",
  "restarts",
  "restartsPerSpawn",
  "saturation",
  "queuedTasks",
  "rejections",
  "loopDelaySeconds",
  "telemetryLosses",
] as const;

/** Which number of a rule; what it counts says `alerts/taskscope.rules.yml`. */
export type HealthThresholdName = (typeof names)[number];

/** The numbers of the rules. */
export type HealthThresholds = Readonly<Record<HealthThresholdName, number>>;

/** Takes numbers of the user's in place of those that ship. */
export function readThresholds(given: unknown): HealthThresholds {
  const option = "healthRules.thresholds";
  const bag = readOptions(option, given, new Set(names));
  const numberOf = (name: HealthThresholdName): number => {
    const value = bag[name] ?? alertThresholds[name].value;
    if (typeof value === "number" && Number.isFinite(value) && value >= 0) return value;
    throw new InvalidOptionError(
      joinPath(option, name),
      value,
      `a number from 0: ${alertThresholds[name].unit}`,
    );
  };
  return Object.fromEntries(names.map((name) => [name, numberOf(name)])) as HealthThresholds;
}

/** A number of the alert rules that is meant to be tuned. */
export interface AlertThreshold {
  readonly value: number;
  /** What it counts. */
  readonly unit: string;
  /** The alerts that use it. */
  readonly alerts: readonly string[];
  /** When another value fits better; completes "Change it when …". */
  readonly changeWhen: string;
}

function threshold(
  value: number,
  unit: string,
  alerts: string | readonly string[],
  changeWhen: string,
): AlertThreshold {
  return { value, unit, alerts: typeof alerts === "string" ? [alerts] : alerts, changeWhen };
}

const burns = ["TaskErrorBudgetBurn", "TaskSpawnLatencyBudgetBurn"] as const;

/** The name of a threshold: what stands as `${name}` in the templates of the rules. */
export type ThresholdName =
  | "spawnsPerSecond"
  | "surgeFactor"
  | "surgePerSecond"
  | "leakGrowth"
  | "slowLeakGrowth"
  | "unexplainedTasks"
  | "leakFactor"
  | "stuckSeconds"
  | "stuckTasks"
  | "lostTasks"
  | "unresponsiveBodies"
  | "failureRatio"
  | "failures"
  | "errorBudget"
  | "latencyBudget"
  | "slowStartSeconds"
  | "slowStarts"
  | "burnHour"
  | "burnQuarterDay"
  | "burnDay"
  | "burnThreeDays"
  | "restarts"
  | "restartsPerSpawn"
  | "processRestarts"
  | "saturation"
  | "queuedTasks"
  | "rejections"
  | "loopDelaySeconds"
  | "loopHeldRatio"
  | "spawnSilence"
  | "telemetryLosses"
  | "scrapeRatio";

/** Every number of the alert rules that is meant to be tuned. The only place where one stands. */
export const alertThresholds: Readonly<Record<ThresholdName, AlertThreshold>> = {
  spawnsPerSecond: threshold(
    10_000,
    "tasks per second, a job",
    "HighTaskSpawnRate",
    "your usual peak is above a third of it, or far below it",
  ),
  surgeFactor: threshold(
    5,
    "times the mean of an hour",
    "TaskSpawnSurge",
    "a type's load rightly jumps by more than this",
  ),
  surgePerSecond: threshold(
    10,
    "tasks per second, a type",
    "TaskSpawnSurge",
    "surges of smaller types matter, or those of larger ones do not",
  ),
  leakGrowth: threshold(
    1_000,
    "tasks in flight, a type",
    "TaskLeakDetected",
    "a healthy step of load adds more than this within 5 minutes",
  ),
  slowLeakGrowth: threshold(
    100,
    "tasks in flight, a type",
    "TaskLeakSuspected",
    "a healthy step of load adds more than this within half an hour",
  ),
  unexplainedTasks: threshold(
    1_000,
    "tasks in flight, a type",
    "TasksInFlightUnexplained",
    "so many tasks of a type rightly run for longer than half an hour",
  ),
  leakFactor: threshold(
    2,
    "times what settles",
    ["TaskLeakDetected", "TaskLeakSuspected", "TasksInFlightUnexplained"],
    "a type's load swings by more than this factor within minutes",
  ),
  stuckSeconds: threshold(
    3_600,
    "seconds, where nothing is expected",
    "TaskStuck",
    "tasks without `expectedMs` rightly run longer; better, expect something of their type",
  ),
  stuckTasks: threshold(
    0,
    "tasks, a type",
    "TaskStuck",
    "some tasks of a type always outlast their expectation",
  ),
  lostTasks: threshold(
    0,
    "tasks in 15 minutes, a type",
    "TasksLost",
    "never: a task that is lost is a defect",
  ),
  unresponsiveBodies: threshold(
    0,
    "bodies, a type",
    "TaskUnresponsive",
    "some bodies of a type rightly go on for minutes after their end",
  ),
  failureRatio: threshold(
    0.05,
    "failed / attempted",
    "HighTaskFailureRate",
    "your objective for the type is stricter or looser",
  ),
  failures: threshold(
    10,
    "failures in the window",
    ["HighTaskFailureRate", "TaskErrorBudgetBurn"],
    "a type runs so rarely that 10 failures are a lot",
  ),
  errorBudget: threshold(
    0.01,
    "failed / attempted, in 30 days",
    "TaskErrorBudgetBurn",
    "your objective is not that 99 % of the tasks succeed",
  ),
  latencyBudget: threshold(
    0.01,
    "slow / started, in 30 days",
    "TaskSpawnLatencyBudgetBurn",
    "your objective is not that 99 % of the tasks start in time",
  ),
  slowStartSeconds: threshold(
    0.1,
    "seconds from spawn to start",
    "TaskSpawnLatencyBudgetBurn",
    "tasks may wait longer: 0.25, 0.5, 2.5, or shorter: 0.05, 0.01, 0.005, 0.001",
  ),
  slowStarts: threshold(
    10,
    "slow starts in the window",
    "TaskSpawnLatencyBudgetBurn",
    "a type runs so rarely that 10 slow starts are a lot",
  ),
  burnHour: threshold(14.4, "times the budget, 1h and 5m", burns, "2 % of the budget in an hour may pass"),
  burnQuarterDay: threshold(
    6,
    "times the budget, 6h and 30m",
    burns,
    "5 % of the budget in 6 hours may pass",
  ),
  burnDay: threshold(3, "times the budget, 1d and 2h", burns, "10 % of the budget in a day may pass"),
  burnThreeDays: threshold(1, "times the budget, 3d and 6h", burns, "10 % of the budget in 3 days may pass"),
  restarts: threshold(
    20,
    "restarts in 10 minutes, a type",
    "TaskRestartStorm",
    "a type's tasks rightly come back more often",
  ),
  restartsPerSpawn: threshold(
    0.5,
    "restarts / spawned",
    "TaskRestartStorm",
    "tasks of a type rightly need more attempts",
  ),
  processRestarts: threshold(
    2,
    "restarts of a process in 30 minutes",
    "TaskRestartStorm",
    "your deploys restart a process more often",
  ),
  saturation: threshold(
    0.9,
    "running / limit",
    "TaskConcurrencySaturated",
    "a type is meant to run at its limit",
  ),
  queuedTasks: threshold(
    100,
    "tasks queued, a type",
    "TaskQueueGrowing",
    "longer queues of a type are drained in time",
  ),
  rejections: threshold(
    10,
    "refusals in 10 minutes, a type",
    "TasksRejected",
    "refusing is a type's way to shed load",
  ),
  loopDelaySeconds: threshold(
    0.25,
    "seconds that a timer is late",
    "TaskEventLoopBlocked",
    "your callers notice shorter stops, or no stops of this length",
  ),
  loopHeldRatio: threshold(
    0.1,
    "seconds held / seconds, a task name",
    "TaskEventLoopBlocked",
    "a process is meant to compute, and nobody waits for it",
  ),
  spawnSilence: threshold(
    0,
    "tasks per second an hour ago",
    "TaskSpawnsStopped",
    "types that hardly ever run should not count as busy",
  ),
  telemetryLosses: threshold(
    0,
    "losses in 15 minutes",
    "TaskTelemetryDropped",
    "a subscriber is meant to skip events",
  ),
  scrapeRatio: threshold(
    0.5,
    "share of scrapes",
    "TaskMetricsTargetDown",
    "targets are scraped over a link that loses scrapes every day",
  ),
};

/** Types whose tasks are meant to run for hours: a regular expression that matches whole names. */
export const defaultLongLivedTypes = "background|connection|daemon|listener|service|socket|worker";

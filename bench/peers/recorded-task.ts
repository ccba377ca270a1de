import type { CountNames } from "./metric-values.ts";

/**
 * What the peers record for the benchmarked task: the same numbers as taskscope for a wrapped one, with the same labels and
 * bounds. Label objects are made once, as a careful author would.
 */
export const taskName = "get-user";
export const taskType = "database";

/** Bounds of the duration histogram, seconds: those of `taskscope_task_duration_seconds`. */
export const durationBoundsSeconds = [
  0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800,
];

export const taskLabels = { task_type: taskType, task_name: taskName };
export const completedLabels = { ...taskLabels, outcome: "completed" };
export const failedLabels = { ...taskLabels, outcome: "failed" };

export const peerMetricNames: CountNames = {
  spawned: "tasks_spawned",
  running: "tasks_running",
  completed: "tasks_completed",
  failed: "tasks_failed",
  durations: "task_duration_seconds",
};

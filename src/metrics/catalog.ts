/** How the values of one metric from several trackers, workers or processes become one. */
export type MergeRule = "sum" | "min" | "max";

/** One metric. Names are without the prefix. */
export interface MetricRow {
  /** The instrument's name in OpenTelemetry: final for Prometheus, but for the `_total` that exporters append. */
  readonly name: string;
  /** The name in Prometheus, on every route. */
  readonly prometheusName: string;
  readonly type: "counter" | "gauge" | "histogram";
  /** The UCUM unit that OpenTelemetry gets. */
  readonly unit: string;
  readonly help: string;
  readonly labels: readonly string[];
  readonly merge: MergeRule;
  readonly stability: "stable" | "experimental";
}

function counter(name: string, unit: string, help: string, labels: readonly string[]): MetricRow {
  return {
    name,
    prometheusName: `${name}_total`,
    type: "counter",
    unit,
    help,
    labels,
    merge: "sum",
    stability: "stable",
  };
}

function gauge(
  name: string,
  unit: string,
  help: string,
  labels: readonly string[],
  merge: MergeRule = "sum",
): MetricRow {
  return { name, prometheusName: name, type: "gauge", unit, help, labels, merge, stability: "stable" };
}

function histogram(name: string, help: string, labels: readonly string[]): MetricRow {
  return {
    name,
    prometheusName: name,
    type: "histogram",
    unit: "s",
    help,
    labels,
    merge: "sum",
    stability: "stable",
  };
}

/** The labels of every metric of a series. */
const series = ["task_type", "task_name"] as const;

/** The key of a metric that a plugin may contribute. */
export type PluginMetricKey =
  "breakerState" | "clusterMembers" | "clusterMembersEnded" | "clusterReportsRefused" | "loopBlocked";

/** The key of a metric in the code. */
export type MetricKey =
  | "spawned"
  | "completed"
  | "failed"
  | "errors"
  | "cancelled"
  | "rejected"
  | "running"
  | "queued"
  | "spawnLatency"
  | "duration"
  | "oldestStart"
  | "unresponsive"
  | "restarts"
  | "giveUps"
  | "groupFailures"
  | "lost"
  | "limit"
  | "stuck"
  | "expectedDuration"
  | "loopDelay"
  | "memory"
  | "cleanup"
  | "trackerTasks"
  | "pluginErrors"
  | "eventsDropped"
  | "seriesOverflow"
  | "buildInfo"
  | PluginMetricKey;

/** Every metric that taskscope exports, by the name used in the code. The only place where a name stands. */
export const metrics: Readonly<Record<MetricKey, MetricRow>> = {
  spawned: counter("tasks_spawned", "{task}", "Tasks accepted, whatever became of them.", series),
  completed: counter("tasks_completed", "{task}", "Tasks that ended well.", series),
  failed: counter(
    "tasks_failed",
    "{task}",
    "Tasks that ended with an error or in their own timeout.",
    series,
  ),
  errors: counter(
    "task_errors",
    "{task}",
    "Failed tasks by error type: timeout, lost, a class name, or _OTHER.",
    [...series, "error_type"],
  ),
  cancelled: counter("tasks_cancelled", "{task}", "Tasks stopped on request.", series),
  rejected: counter("tasks_rejected", "{task}", "Tasks refused before they existed, by reason.", [
    ...series,
    "reason",
  ]),
  running: gauge("tasks_running", "{task}", "Tasks started and not ended.", series),
  queued: gauge("tasks_queued", "{task}", "Tasks accepted and not running.", series),
  spawnLatency: histogram(
    "task_spawn_latency_seconds",
    "Managed tasks: time from spawn to the start of the body.",
    series,
  ),
  duration: histogram("task_duration_seconds", "Time tasks spent running, once per ended task that ran.", [
    ...series,
    "outcome",
  ]),
  oldestStart: gauge(
    "oldest_running_task_start_time_seconds",
    "s",
    "Unix time at which the oldest running task started; absent when none runs.",
    series,
    "min",
  ),
  unresponsive: gauge(
    "tasks_unresponsive",
    "{task}",
    "Ended tasks whose body has not settled within its grace.",
    series,
  ),
  restarts: counter("task_restarts", "{restart}", "Attempts after the first.", series),
  giveUps: counter(
    "task_give_ups",
    "{task}",
    "Tasks that failed for good because their restarts were used up.",
    series,
  ),
  lost: counter(
    "tasks_lost",
    "{task}",
    "Failed tasks that were proved unable to end: what could settle them was garbage-collected.",
    series,
  ),
  limit: gauge("tasks_limit", "{task}", "How many tasks of the type may run at once; 0 for no limit.", [
    "task_type",
  ]),
  stuck: gauge("tasks_stuck", "{task}", "Running tasks older than expected, or silent for too long.", series),
  expectedDuration: gauge(
    "task_expected_duration_seconds",
    "s",
    "How long tasks of the type are expected to run at the most; absent where nothing is expected.",
    ["task_type"],
    "max",
  ),
  loopDelay: histogram(
    "event_loop_delay_seconds",
    "How much later than asked for a timer fires, for one due every 20 ms; counted once an event loop.",
    [],
  ),
  memory: gauge("tracker_memory_bytes", "By", "What tracking itself holds on the heap, by estimate.", []),
  cleanup: histogram("tracker_cleanup_duration_seconds", "Time one sweep of the finished tasks took.", []),
  trackerTasks: gauge("tracker_tasks", "{task}", "Entries in the registry, by state.", ["state"]),
  groupFailures: counter(
    "task_group_failures",
    "{group}",
    "Failures of supervised groups: their members needed more restarts than the group allows.",
    ["group"],
  ),
  pluginErrors: counter("plugin_errors", "{error}", "Throws of plugins that were caught.", ["plugin"]),
  eventsDropped: counter("events_dropped", "{event}", "Events that a subscriber was too slow for.", [
    "subscriber",
  ]),
  seriesOverflow: counter(
    "series_overflow",
    "{task}",
    "Tasks counted under task_name __other__ because of maxSeries.",
    [],
  ),
  buildInfo: gauge("build_info", "{build}", "1, with the version of taskscope.", ["version"], "max"),
  breakerState: gauge(
    "breaker_state",
    "{breaker}",
    "1 for the state a circuit breaker is in (closed, open, half_open), 0 for the others.",
    ["breaker", "state"],
    "max",
  ),
  clusterMembers: gauge(
    "cluster_members",
    "{member}",
    "Trackers of other threads and processes whose numbers are in this scrape, by state: reporting, stale.",
    ["state"],
  ),
  clusterMembersEnded: counter(
    "cluster_members_ended",
    "{member}",
    "Trackers of other threads and processes that have gone: closed (said so) or died (vanished).",
    ["how"],
  ),
  clusterReportsRefused: counter(
    "cluster_reports_refused",
    "{report}",
    "Reports of other threads and processes that were not taken, by reason.",
    ["reason"],
  ),
  loopBlocked: counter(
    "event_loop_blocked_seconds",
    "s",
    "Time the event loop was blocked for longer than the threshold, by the task that held it; __none__ where no task did.",
    series,
  ),
};

/** The metrics whose numbers come from plugins (`PluginContext.contributeMetrics`); all others are the tracker's. */
export const pluginMetricKeys: readonly PluginMetricKey[] = [
  "breakerState",
  "clusterMembers",
  "clusterMembersEnded",
  "clusterReportsRefused",
  "loopBlocked",
];

/** Every row, in the order of exposition. */
export const metricCatalog: readonly MetricRow[] = Object.values(metrics);

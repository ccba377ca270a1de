import { problemStatuses } from "./api-problem.ts";

/** The part of JSON Schema 2020-12 that the document uses. */
export type JsonSchema = Readonly<Record<string, unknown>>;

const integer = { type: "integer", minimum: 0 } as const;
const number = { type: "number" } as const;
const string = { type: "string" } as const;
const instant = { type: "number", description: "Epoch milliseconds." } as const;
const state = { enum: ["queued", "running", "completed", "failed", "cancelled"] } as const;
const cursor = {
  type: ["string", "null"],
  description: "What the next page takes as `cursor`; null on the last one.",
} as const;

/** An object. Fields that do not end in `?` are always there. No others ever are, in this version. */
function object(fields: Readonly<Record<string, JsonSchema>>): JsonSchema {
  const names = Object.keys(fields);
  return {
    type: "object",
    properties: Object.fromEntries(
      Object.entries(fields).map(([name, schema]) => [name.replace(/\?$/, ""), schema]),
    ),
    required: names.filter((name) => !name.endsWith("?")),
    additionalProperties: false,
  };
}

const list = (items: JsonSchema): JsonSchema => ({ type: "array", items });
const mapOf = (values: JsonSchema): JsonSchema => ({ type: "object", additionalProperties: values });
const ref = (name: string): JsonSchema => ({ $ref: `#/components/schemas/${name}` });

const counts = {
  spawned: integer,
  queued: integer,
  running: integer,
  completed: integer,
  failed: integer,
  cancelled: integer,
  rejected: integer,
  restarted: integer,
  lost: integer,
  stuck: integer,
  unresponsive: integer,
};

const task = {
  id: { type: "integer", minimum: 1 },
  name: string,
  type: string,
  state,
  managed: { type: "boolean" },
  "parentId?": { type: "integer", minimum: 1 },
  attempt: integer,
  "key?": string,
  "waitingFor?": { enum: ["start", "slot", "key", "backoff"] },
  spawnedAtMs: instant,
  "startedAtMs?": instant,
  "endedAtMs?": instant,
  durationMs: { ...number, description: "Time spent running so far." },
  stuck: { type: "boolean" },
  "progress?": object({ done: { type: ["number", "null"] }, "total?": { type: ["number", "null"] } }),
  "lastHeartbeatAtMs?": instant,
  attributes: { type: "object" },
  "cancelledBy?": { enum: ["request", "parent", "group", "shutdown", "replaced", "signal"] },
  "errorType?": string,
  "errorMessage?": string,
} satisfies Readonly<Record<string, JsonSchema>>;

/** The schemas of all answers, by name. */
export const schemas: Readonly<Record<string, JsonSchema>> = {
  Problem: object({
    error: object({ code: { enum: Object.keys(problemStatuses) }, message: string }),
  }),
  Task: object(task),
  TaskTree: object({ ...task, children: list(ref("TaskTree")) }),
  TaskPage: object({ tasks: list(ref("Task")), total: integer, nextCursor: cursor }),
  OneTask: object({ task: ref("Task") }),
  Forest: object({
    tasks: list(ref("TaskTree")),
    shown: integer,
    truncated: { type: "boolean", description: "Whether limit or depth left any out." },
  }),
  CancelledTask: object({ requested: { const: 1 }, task: ref("Task") }),
  CancelledTasks: object({ requested: { ...integer, description: "How many tasks were asked to stop." } }),
  CancelOne: object({ "reason?": { type: "string", maxLength: 1_024 } }),
  CancelMany: object({
    filter: {
      ...object({
        "state?": state,
        "type?": string,
        "name?": string,
        "key?": string,
        "parentId?": { type: "integer", minimum: 1 },
        "olderThanMs?": { type: "number", minimum: 0 },
      }),
      minProperties: 1,
    },
    "reason?": { type: "string", maxLength: 1_024 },
  }),
  Counts: object(counts),
  Stats: object({
    atMs: instant,
    process: object({
      pid: integer,
      name: { ...string, description: "The file that the process was started with, without its folder." },
      startedAtMs: instant,
    }),
    total: ref("Counts"),
    byType: mapOf(ref("Counts")),
    series: integer,
    seriesOverflow: integer,
    tracker: object({ queued: integer, running: integer, finished: integer, memoryBytes: number }),
    limits: mapOf({ ...number, description: "Running cap of a type; 0 stands for none." }),
    duration: ref("Buckets"),
    eventLoop: object({ "p50Seconds?": number, "p99Seconds?": number, delay: ref("Buckets") }),
    pluginErrors: mapOf(integer),
    eventsDropped: mapOf(integer),
    streams: object({
      open: integer,
      refused: integer,
      stalled: integer,
      eventsDropped: integer,
      rests: integer,
    }),
  }),
  Buckets: object({
    boundsSeconds: {
      ...list(number),
      description: "Upper bounds of the buckets but for the last, which has none.",
    },
    counts: { ...list(integer), description: "Observations in each bucket, since the start." },
    sumSeconds: number,
  }),
  Times: object({
    count: integer,
    sumSeconds: number,
    "p50Seconds?": number,
    "p95Seconds?": number,
    "p99Seconds?": number,
  }),
  Series: object({
    type: string,
    name: string,
    ...counts,
    gaveUp: integer,
    errors: mapOf(integer),
    rejections: mapOf(integer),
    "oldestStartedAtMs?": instant,
    duration: ref("Times"),
    "spawnLatency?": ref("Times"),
  }),
  SeriesPage: object({ series: list(ref("Series")), total: integer, nextCursor: cursor }),
  Alert: object({
    name: string,
    severity: { enum: ["critical", "warning", "info"] },
    state: { enum: ["pending", "firing"] },
    labels: mapOf(string),
    value: number,
    threshold: number,
    summary: string,
    description: string,
    activeAtMs: instant,
    "firingAtMs?": instant,
    runbookUrl: string,
  }),
  Alerts: object({
    rules: { ...integer, description: "How many rules are looked at; 0: nobody watches." },
    alerts: list(ref("Alert")),
  }),
  Health: object({
    status: { enum: ["ok", "degraded", "failing"] },
    "rules?": integer,
    "firing?": list(string),
  }),
  Console: object({
    actions: { type: "boolean", description: "Whether tasks may be cancelled." },
    health: { type: "boolean", description: "Whether rules are watched." },
    "traceUrl?": { ...string, description: "Where traces are shown, with `{traceId}` for one." },
  }),
  Ready: object({ status: { enum: ["ready", "closing"] } }),
};

import type { AlertView, CountsView, SeriesView, StatsView } from "taskscope/http";
import type { TaskInfo } from "taskscope";
import { NumberHistory } from "../../src/cli/top/number-history.ts";
import { blankPicture } from "../../src/cli/top/picture.ts";
import type { Picture } from "../../src/cli/top/picture.ts";

/** An instant in 2026, by UTC. */
export const NOW_MS = Date.UTC(2026, 10, 21, 9, 30, 0);

export const noCounts: CountsView = {
  spawned: 0,
  queued: 0,
  running: 0,
  completed: 0,
  failed: 0,
  cancelled: 0,
  rejected: 0,
  restarted: 0,
  lost: 0,
  stuck: 0,
  unresponsive: 0,
};

export function sampleTask(given: Partial<TaskInfo> & { readonly id: number }): TaskInfo {
  return {
    name: "fetch-page",
    type: "network",
    state: "running",
    managed: true,
    parentId: undefined,
    attempt: 1,
    key: undefined,
    waitingFor: undefined,
    spawnedAtMs: NOW_MS - 60_000,
    startedAtMs: NOW_MS - 60_000,
    endedAtMs: undefined,
    durationMs: 60_000,
    stuck: false,
    progress: undefined,
    lastHeartbeatAtMs: undefined,
    attributes: {},
    cancelledBy: undefined,
    errorType: undefined,
    errorMessage: undefined,
    ...given,
  };
}

export function sampleSeries(given: Partial<SeriesView> & Pick<SeriesView, "type" | "name">): SeriesView {
  return {
    ...noCounts,
    gaveUp: 0,
    errors: {},
    rejections: {},
    oldestStartedAtMs: undefined,
    duration: {
      count: 0,
      sumSeconds: 0,
      p50Seconds: undefined,
      p95Seconds: undefined,
      p99Seconds: undefined,
    },
    spawnLatency: undefined,
    ...given,
  };
}

export function sampleStats(
  atMs: number,
  total: Partial<CountsView>,
  given: Partial<StatsView> = {},
): StatsView {
  const counts = { ...noCounts, ...total };
  return {
    atMs,
    process: { pid: 4242, name: "server.js", startedAtMs: NOW_MS - 7_384_000 },
    total: counts,
    byType: {
      network: counts,
      media: { ...noCounts, running: 3, spawned: 90, completed: 80, failed: 7, stuck: 1 },
    },
    series: 3,
    seriesOverflow: 0,
    tracker: { queued: 0, running: 0, finished: 1_000, memoryBytes: 1_234_567 },
    limits: { media: 8 },
    duration: { boundsSeconds: [0.001, 0.01, 0.1, 1], counts: [0, counts.completed, 0, 0, 0], sumSeconds: 0 },
    eventLoop: {
      p50Seconds: undefined,
      p99Seconds: undefined,
      delay: { boundsSeconds: [0.001, 0.01, 0.1, 1], counts: [0, counts.spawned, 0, 0, 0], sumSeconds: 0 },
    },
    pluginErrors: {},
    eventsDropped: {},
    streams: { open: 0, refused: 0, stalled: 0, eventsDropped: 0, rests: 0 },
    ...given,
  };
}

export const firing: AlertView = {
  name: "TaskLeak",
  severity: "critical",
  state: "firing",
  labels: {},
  value: 0,
  threshold: 0,
  summary: "Running tasks only become more",
  description: "Of resize-image 43 more run than half a minute ago.",
  activeAtMs: NOW_MS - 90_000,
  firingAtMs: NOW_MS - 30_000,
  runbookUrl: "https://example.org/runbooks/TaskLeak.md",
};

const tasks: readonly TaskInfo[] = [
  sampleTask({
    id: 7,
    name: "import-catalogue",
    type: "background",
    durationMs: 3_725_000,
    spawnedAtMs: NOW_MS - 3_725_000,
    startedAtMs: NOW_MS - 3_725_000,
    progress: { done: 4_500, total: 10_000 },
  }),
  sampleTask({
    id: 12,
    name: "resize-image",
    type: "media",
    durationMs: 92_400,
    spawnedAtMs: NOW_MS - 95_000,
    startedAtMs: NOW_MS - 92_400,
    stuck: true,
    key: "image/17",
  }),
  sampleTask({
    id: 13,
    name: "画像の大きさを変える👩‍👩‍👧",
    type: "media",
    durationMs: 61_000,
    attempt: 3,
    errorType: "TypeError",
    errorMessage: "not an image",
  }),
  sampleTask({
    id: 14,
    name: "evil\u001B[2J\u202Ename\nwith\u0007 all",
    type: "\u001B]0;title\u0007",
    durationMs: 850,
  }),
  sampleTask({
    id: 15,
    name: "a-name-that-is-far-longer-than-any-column-of-any-screen-".repeat(30),
    durationMs: 1.25,
  }),
  sampleTask({
    id: 16,
    name: "wait-for-slot",
    type: "media",
    state: "queued",
    startedAtMs: undefined,
    attempt: 0,
    durationMs: 0,
    waitingFor: "slot",
    spawnedAtMs: NOW_MS - 12_000,
  }),
  sampleTask({
    id: 17,
    name: "send-mail",
    state: "failed",
    endedAtMs: NOW_MS - 1_000,
    durationMs: 40,
    errorType: "TimeoutError",
    errorMessage: "no answer of smtp.example.org within 30 s",
  }),
  sampleTask({
    id: 18,
    name: "sync-users",
    state: "cancelled",
    endedAtMs: NOW_MS - 500,
    durationMs: 5_000,
    cancelledBy: "request",
  }),
];

/** A process that has trouble, as it was looked at for twenty seconds. */
export function samplePicture(): Picture {
  const numbers = new NumberHistory();
  let picture = blankPicture("http://127.0.0.1:9465");
  for (let second = 20; second >= 0; second -= 1) {
    const at = 20 - second;
    const atMs = NOW_MS - second * 1_000;
    numbers.addStats(
      sampleStats(atMs, {
        spawned: 10_000 + at * at * 20,
        completed: 9_000 + at * 150,
        failed: 40 + at * 3,
        running: 10 + at * 6,
        queued: at % 5,
        cancelled: 5,
        stuck: 1,
        lost: 2,
      }),
    );
    const series = numbers.addSeries(atMs, [
      sampleSeries({
        type: "media",
        name: "resize-image",
        running: 10 + at * 4,
        spawned: 1_000 + at * 8,
        failed: 7,
        stuck: 1,
        oldestStartedAtMs: NOW_MS - 92_400,
        duration: { count: 9, sumSeconds: 9, p50Seconds: 0.012, p95Seconds: 0.5, p99Seconds: 2.5 },
      }),
      sampleSeries({ type: "network", name: "fetch-page", spawned: 9_000 + at * 100, lost: 2, gaveUp: 1 }),
      sampleSeries({
        type: "background",
        name: "import-catalogue",
        running: 1,
        spawned: 1,
        oldestStartedAtMs: NOW_MS - 3_725_000,
      }),
    ]);
    picture = { ...picture, samples: numbers.samples, series };
  }
  return {
    ...picture,
    link: { state: "live" },
    actions: true,
    rules: 12,
    alerts: [firing],
    tasks,
    taskTotal: 1_234,
    stuck: tasks.filter(({ stuck }) => stuck),
    tree: [
      {
        ...sampleTask({ id: 1, name: "handle-upload", type: "service" }),
        children: [
          { ...sampleTask({ id: 12, name: "resize-image", type: "media", parentId: 1 }), children: [] },
          {
            ...sampleTask({ id: 13, name: "store-image", type: "file-io", parentId: 1 }),
            children: [
              { ...sampleTask({ id: 14, name: "write-file", type: "file-io", parentId: 13 }), children: [] },
            ],
          },
        ],
      },
      { ...sampleTask({ id: 7, name: "import-catalogue", type: "background" }), children: [] },
    ],
    taskView: {
      id: 17,
      task: sampleTask({
        id: 17,
        name: "send-mail",
        state: "failed",
        parentId: 7,
        endedAtMs: NOW_MS - 1_000,
        durationMs: 40,
        key: "mail/9",
        errorType: "TimeoutError",
        errorMessage: "no answer of smtp.example.org\nwithin 30 s \u001B[31mred",
        attributes: { to: "a@example.org", size: 17, odd: "\u202Exyz" },
      }),
      ancestors: [sampleTask({ id: 7, name: "import-catalogue", type: "background" })],
      children: [sampleTask({ id: 18, name: "open-socket", durationMs: 12 })],
      childTotal: 140,
    },
  };
}

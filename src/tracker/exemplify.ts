import type { WallClock } from "../internal/index.ts";
import type { HookTask } from "../plugin/index.ts";
import { TaskRecord } from "./task-record.ts";

/** {@link PluginContext.exemplify}: which observation is meant follows from the state that the task is in. */
export function exemplify(wallClock: WallClock, task: HookTask, traceId: string, spanId: string): void {
  if (!(task instanceof TaskRecord) || task.startedMs < 0) return;
  const { series, state, startedMs, endedMs } = task;
  if (state === "queued") return;
  if (state === "running") {
    // Later attempts wait for a slot again, which is not counted as spawn latency.
    if (!task.managed || task.attempt !== 1) return;
    series.exemplifySpawnLatency(startedMs - task.spawnedMs, traceId, spanId, wallClock.instantMs(startedMs));
  } else if (endedMs !== undefined) {
    series.exemplifyDuration(state, task.ranMs(endedMs), traceId, spanId, wallClock.instantMs(endedMs));
  }
}

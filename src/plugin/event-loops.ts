import type { EventLoopSnapshot, StatsSnapshot } from "../stats/index.ts";

/** Trackers of one thread share its event loop: each loop once, by the snapshot that saw most of it. */
export function eventLoopsOf(snapshots: readonly StatsSnapshot[]): EventLoopSnapshot[] {
  const loops = new Map<string, EventLoopSnapshot>();
  for (const { eventLoop, otherLoops } of snapshots) {
    for (const loop of [eventLoop, ...otherLoops]) {
      const other = loops.get(loop.id);
      if (other === undefined || other.delay.count < loop.delay.count) loops.set(loop.id, loop);
    }
  }
  return [...loops.values()];
}

import { clusterSlot } from "./process-slot.ts";

/**
 * Calls `report` when the event loop has run out of work, and for the last time (`isFinal`) when this thread or process
 * exits: by itself, by `process.exit`, or by an uncaught error. A killed process and a terminated thread call nobody.
 * One pair of listeners serves all. Gives a function that takes it off.
 */
export function callAtExit(report: (isFinal: boolean) => void): () => void {
  const slot = clusterSlot();
  slot.atExit.add(report);
  slot.stopWatchingExit ??= watchExit(slot.atExit);
  return () => {
    slot.atExit.delete(report);
    if (slot.atExit.size > 0) return;
    slot.stopWatchingExit?.();
    slot.stopWatchingExit = undefined;
  };
}

function watchExit(all: ReadonlySet<(isFinal: boolean) => void>): () => void {
  const onBeforeExit = (): void => {
    for (const report of all) report(false);
  };
  const onExit = (): void => {
    for (const report of all) report(true);
  };
  process.on("beforeExit", onBeforeExit);
  process.on("exit", onExit);
  return () => {
    process.off("beforeExit", onBeforeExit);
    process.off("exit", onExit);
  };
}

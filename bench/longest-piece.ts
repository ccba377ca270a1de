import { performance } from "node:perf_hooks";
import { nextTurn } from "./batch.ts";

/** Watches the turns of the event loop. Gives a function that ends it and gives the longest, in milliseconds. */
export function longestPiece(): () => Promise<number> {
  let isOver = false;
  let longestMs = 0;
  let lastMs = performance.now();
  const watch = (): void => {
    const nowMs = performance.now();
    longestMs = Math.max(longestMs, nowMs - lastMs);
    lastMs = nowMs;
    if (!isOver) setImmediate(watch);
  };
  setImmediate(watch);
  return async () => {
    isOver = true;
    // The piece in which the page was put together ends with the next turn.
    await nextTurn();
    return longestMs;
  };
}

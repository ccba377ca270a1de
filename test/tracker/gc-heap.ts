import { expect } from "vitest";
import { turn } from "./support.ts";

/** Used heap, with what typed arrays hold outside it, when collections in turns of their own have freed what they can. */
export async function settledHeapBytes(): Promise<number> {
  expect(globalThis.gc, "run with --expose-gc").toBeDefined();
  let bytes = Number.POSITIVE_INFINITY;
  for (let pass = 0; pass < 6; pass += 1) {
    await turn();
    globalThis.gc?.();
    const { heapUsed, arrayBuffers } = process.memoryUsage();
    bytes = Math.min(bytes, heapUsed + arrayBuffers);
  }
  return bytes;
}

/** Holds that the heap after some work is what it was before, but for noise: 5 % or 2 MB. */
export function expectFlat(beforeBytes: number, afterBytes: number): void {
  expect(afterBytes - beforeBytes).toBeLessThan(Math.max(2_000_000, beforeBytes * 0.05));
}

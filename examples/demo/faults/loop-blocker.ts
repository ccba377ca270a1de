import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import type { Tracker } from "taskscope";

const source = fileURLToPath(import.meta.url);

/** Reads and compresses a file with the synchronous calls of Node.js, again and again, until the time is over. */
function compressFor(durationMs: number): number {
  const endMs = performance.now() + durationMs;
  let bytes = 0;
  while (performance.now() < endMs) bytes += gzipSync(readFileSync(source)).length;
  return bytes;
}

/** Each second, for so many milliseconds, work that lets nothing else run. */
export class LoopBlocker {
  readonly #compress: (durationMs: number) => number;
  #timer: NodeJS.Timeout | undefined;

  constructor(tasks: Tracker) {
    this.#compress = tasks.wrap({ name: "compress-in-one-go", type: "cpu" }, compressFor);
  }

  change(msOfEachSecond: number): void {
    clearInterval(this.#timer);
    if (msOfEachSecond === 0) return;
    this.#timer = setInterval(() => this.#compress(msOfEachSecond), 1_000).unref();
  }
}

import { InvalidOptionError, checkCount, checkLimit, checkWaitMs } from "../errors/index.ts";
import { processSlot } from "./process-slot.ts";
import { createTracker } from "./tracker.ts";
import type { Tracker } from "./tracker.ts";
import { checkPrefix } from "./tracker-options.ts";

/**
 * The process's one tracker, for code that nobody hands one. Made on first use, and the same object for all copies of
 * this package that are loaded. Plugins are added with `use`; types and limits with `configure`.
 *
 * Read once from the environment; a blank variable counts as unset, and a bad one throws an `InvalidOptionError` that
 * names it:
 *
 * | Variable | Option |
 * | --- | --- |
 * | `TASKSCOPE_PREFIX` | `prefix` |
 * | `TASKSCOPE_CONTEXT` | `context`: `true` or `false` |
 * | `TASKSCOPE_MAX_SERIES` | `limits.maxSeries` |
 * | `TASKSCOPE_MAX_RUNNING` | `limits.maxRunning`, or `Infinity` |
 * | `TASKSCOPE_MAX_QUEUED` | `limits.maxQueued`, or `Infinity` |
 * | `TASKSCOPE_FINISHED_MS` | `retention.finishedMs`, or `Infinity` |
 * | `TASKSCOPE_MAX_FINISHED` | `retention.maxFinished` |
 */
export function globalTracker(): Tracker {
  const slot = processSlot();
  return (slot.globalTracker ??= fromEnvironment()) as Tracker;
}

function fromEnvironment(): Tracker {
  return createTracker({
    prefix: read("TASKSCOPE_PREFIX", checkPrefix),
    context: read("TASKSCOPE_CONTEXT", checkSwitch),
    limits: {
      maxSeries: readNumber("TASKSCOPE_MAX_SERIES", (name, value) => checkCount(name, value, 1)),
      maxRunning: readNumber("TASKSCOPE_MAX_RUNNING", (name, value) => checkLimit(name, value, 1)),
      maxQueued: readNumber("TASKSCOPE_MAX_QUEUED", (name, value) => checkLimit(name, value, 0)),
    },
    retention: {
      finishedMs: readNumber("TASKSCOPE_FINISHED_MS", checkWaitMs),
      maxFinished: readNumber("TASKSCOPE_MAX_FINISHED", (name, value) => checkCount(name, value, 0)),
    },
  });
}

function read<T>(name: string, check: (name: string, value: string) => T): T | undefined {
  const value = process.env[name]?.trim() ?? "";
  return value === "" ? undefined : check(name, value);
}

function readNumber(name: string, check: (name: string, value: unknown) => number): number | undefined {
  return read(name, (variable, text) =>
    check(variable, /^(\d+(\.\d+)?|Infinity)$/.test(text) ? Number(text) : text),
  );
}

function checkSwitch(name: string, value: string): boolean {
  if (value === "true") return true;
  if (value === "false") return false;
  throw new InvalidOptionError(name, value, "true or false");
}

import {
  checkCount,
  checkLimit,
  checkWaitMs,
  checkWord,
  InvalidOptionError,
  readOptions,
} from "../../errors/index.ts";
import type { EventKind } from "../../events/index.ts";
import { defaultLevels, logLevels } from "./levels.ts";
import type { LogLevel } from "./levels.ts";
import { sinkOf } from "./sinks.ts";
import type { ConsoleLike, LogSink, PinoLike } from "./sinks.ts";

/** Options of `lifecycleLog`. */
export interface LifecycleLogOptions {
  /** Name of the plugin and of its subscriber (default `"log"`): two logs on one tracker need two. */
  readonly name?: string | undefined;
  /** Where lines go: a pino logger, something like a console, or a function (default: JSON, one line each, on stderr). */
  readonly sink?: PinoLike | ConsoleLike | LogSink | undefined;
  /** What matters less is not logged (default `"info"`): its events cost nothing. */
  readonly minLevel?: LogLevel | undefined;
  /** Levels of single kinds of events, in the place of the defaults; `"off"` logs none of a kind. */
  readonly levels?: Readonly<Partial<Record<EventKind, LogLevel | "off">>> | undefined;
  /** How many lines of each kind and series one window lets through (default 10, `Infinity` for all). */
  readonly maxLines?: number | undefined;
  /** How long a window is, in milliseconds (default 10,000). What it suppressed is told at its end. */
  readonly windowMs?: number | undefined;
  /** The longest text of a user's (error message, reason) that is logged (default 256); 0 logs none. */
  readonly maxTextLength?: number | undefined;
  /** Takes secrets out of such texts, before they are cut. A text that it throws for is left out. */
  readonly redact?: ((text: string) => string) | undefined;
  /** How many events may wait to be logged (default 4,096). */
  readonly capacity?: number | undefined;
}

/** Options checked, with every default filled in. */
export interface ResolvedLogOptions {
  readonly name: string;
  readonly sink: LogSink;
  readonly minLevel: LogLevel;
  readonly levels: Readonly<Record<EventKind, LogLevel | "off">>;
  readonly maxLines: number;
  readonly windowMs: number;
  readonly maxTextLength: number;
  readonly redact: (text: string) => string;
  readonly capacity: number;
}

const known = new Set<string>([
  "name",
  "sink",
  "minLevel",
  "levels",
  "maxLines",
  "windowMs",
  "maxTextLength",
  "redact",
  "capacity",
] satisfies (keyof LifecycleLogOptions)[]);

/** Checks what a user gave as options. */
export function readLogOptions(given: unknown): ResolvedLogOptions {
  const bag = readOptions("lifecycleLog", given, known);
  const { name, sink, minLevel, levels, maxLines, windowMs, maxTextLength, redact, capacity } = bag;
  return {
    name: name === undefined ? "log" : checkName(name),
    sink: sinkOf(sink),
    minLevel: minLevel === undefined ? "info" : checkWord("lifecycleLog.minLevel", minLevel, logLevels),
    levels: readLevels(levels),
    maxLines: maxLines === undefined ? 10 : checkLimit("lifecycleLog.maxLines", maxLines, 1),
    windowMs: windowMs === undefined ? 10_000 : checkWaitMs("lifecycleLog.windowMs", windowMs),
    maxTextLength:
      maxTextLength === undefined ? 256 : checkCount("lifecycleLog.maxTextLength", maxTextLength, 0),
    redact: redact === undefined ? (text) => text : checkRedact(redact),
    capacity: capacity === undefined ? 4_096 : checkCount("lifecycleLog.capacity", capacity, 1),
  };
}

function readLevels(given: unknown): ResolvedLogOptions["levels"] {
  const bag = readOptions("lifecycleLog.levels", given, new Set(Object.keys(defaultLevels)));
  const levels: Record<EventKind, LogLevel | "off"> = { ...defaultLevels };
  for (const [kind, level] of Object.entries(bag)) {
    levels[kind as EventKind] = checkWord(`lifecycleLog.levels.${kind}`, level, [...logLevels, "off"]);
  }
  return levels;
}

function checkName(value: unknown): string {
  if (typeof value === "string" && value !== "") return value;
  throw new InvalidOptionError("lifecycleLog.name", value, "a string that is not empty");
}

function checkRedact(value: unknown): (text: string) => string {
  if (typeof value === "function") return value as (text: string) => string;
  throw new InvalidOptionError("lifecycleLog.redact", value, "a function");
}

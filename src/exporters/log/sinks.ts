import { writeSync } from "node:fs";
import { InvalidOptionError } from "../../errors/index.ts";
import type { LogFields, LogLine } from "./log-line.ts";

const STDERR = 2;

/** Takes lines. A promise that it gives is not waited for; what it throws or rejects with is caught and reported. */
export type LogSink = (line: LogLine) => void | PromiseLike<void>;

/** As much of a pino logger as is needed: fields first, then the message. Told from a console by its `bindings`. */
export interface PinoLike {
  trace(fields: LogFields, message: string): void;
  debug(fields: LogFields, message: string): void;
  info(fields: LogFields, message: string): void;
  warn(fields: LogFields, message: string): void;
  error(fields: LogFields, message: string): void;
  bindings(): object;
}

/** As much of a console, or of a logger that takes the message first, as is needed. */
export interface ConsoleLike {
  debug(message: string, fields: LogFields): void;
  info(message: string, fields: LogFields): void;
  warn(message: string, fields: LogFields): void;
  error(message: string, fields: LogFields): void;
}

/** What a user gave as a sink, as a function. Without one: a line of JSON on stderr for each. */
export function sinkOf(given: unknown): LogSink {
  if (given === undefined) return stderrSink();
  if (typeof given === "function") return given as LogSink;
  if (isPino(given)) return ({ level, message, fields }) => given[level](fields, message);
  if (hasMethods<ConsoleLike>(given, ["debug", "info", "warn", "error"])) {
    // A console's `trace` prints a stack.
    return ({ level, message, fields }) => given[level === "trace" ? "debug" : level](message, fields);
  }
  throw new InvalidOptionError(
    "lifecycleLog.sink",
    given,
    "a pino logger, an object with debug, info, warn and error, or a function",
  );
}

/** A line as JSON: `time`, `level`, `msg`, and the fields. */
function jsonOf({ level, atMs, message, fields }: LogLine): string {
  return JSON.stringify({ time: new Date(atMs).toISOString(), level, msg: message, ...fields });
}

/**
 * Straight to the file descriptor, which is as synchronous as `process.stderr` is: that stream, and a console on it, bring the
 * process down when nobody reads any more. What cannot be written is not reported, for that goes to stderr too, but
 * counted, and told with the next line that can.
 */
function stderrSink(): LogSink {
  let lost = 0;
  return (line) => {
    const fields = lost === 0 ? line.fields : { ...line.fields, lost_before: lost };
    try {
      writeAll(`${jsonOf({ ...line, fields })}\n`);
      lost = 0;
    } catch {
      lost += 1;
    }
  };
}

function writeAll(text: string): void {
  const bytes = Buffer.from(text);
  for (let written = 0; written < bytes.length;) written += writeSync(STDERR, bytes, written);
}

function isPino(value: unknown): value is PinoLike {
  return hasMethods<PinoLike>(value, ["trace", "debug", "info", "warn", "error", "bindings"]);
}

function hasMethods<T>(value: unknown, methods: readonly (keyof T)[]): value is T {
  if (typeof value !== "object" || value === null) return false;
  return methods.every((method) => typeof (value as Partial<T>)[method] === "function");
}

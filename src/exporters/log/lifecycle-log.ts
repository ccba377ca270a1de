import type { EventKind, LifecycleEvent } from "../../events/index.ts";
import type { Plugin, PluginContext, Teardown } from "../../plugin/index.ts";
import { reaches } from "./levels.ts";
import type { LogLevel } from "./levels.ts";
import { LineLimit } from "./line-limit.ts";
import type { Suppressed } from "./line-limit.ts";
import { LineWriter } from "./line-writer.ts";
import { lineOf } from "./log-line.ts";
import type { LogLine, WriteText } from "./log-line.ts";
import { readLogOptions } from "./options.ts";
import type { LifecycleLogOptions, ResolvedLogOptions } from "./options.ts";
import { safeText } from "./safe-text.ts";

/**
 * Logs what happens to tasks, one structured line an event, with the ids of the task and of its span.
 *
 * Lines are written later than what they tell of, outside any task, from a bounded queue. By default what matters is
 * logged (failed, restarted, refused, stuck, cancelled), and at most 10 lines of each kind and series in 10 seconds;
 * how many more there were, a line at the end of the 10 seconds tells, and so it does for events that the queue had no room
 * for. Texts are bounded and without control characters; attributes and results of tasks are never logged.
 *
 * ```ts
 * const tasks = createTracker({ plugins: [lifecycleLog({ sink: pino() })] });
 * ```
 */
export function lifecycleLog(options: LifecycleLogOptions = {}): Plugin {
  return new LifecycleLog(readLogOptions(options));
}

class LifecycleLog implements Plugin {
  readonly name: string;
  readonly #options: ResolvedLogOptions;
  readonly #levels: ReadonlyMap<EventKind, LogLevel>;

  constructor(options: ResolvedLogOptions) {
    this.name = options.name;
    this.#options = options;
    this.#levels = wantedLevels(options);
  }

  setup(context: PluginContext): Teardown {
    const { sink, capacity, maxLines, windowMs } = this.#options;
    const writer = new LineWriter(sink, context.clock, context.diag);
    let dropped = 0;
    const limit = new LineLimit(context.clock, { maxLines, windowMs }, (suppressed) => {
      const atMs = context.clock.epochMs();
      for (const each of suppressed) writer.write(summaryOf(each, windowMs, atMs));
      if (dropped > 0) writer.write(droppedLine(dropped, atMs));
      dropped = 0;
    });
    const writeText = textWriter(this.#options);
    context.subscribe({ name: this.name, kinds: [...this.#levels.keys()], capacity }, (event, missed) => {
      if (missed > 0) {
        dropped += missed;
        limit.open();
      }
      this.#log(event, limit, writer, writeText);
    });
    return () => limit.close();
  }

  #log(event: LifecycleEvent, limit: LineLimit, writer: LineWriter, writeText: WriteText): void {
    const level = this.#levels.get(event.kind);
    if (level !== undefined && limit.admits(event, level)) writer.write(lineOf(event, level, writeText));
  }
}

/** The kinds that are logged, with their levels. */
function wantedLevels({ levels, minLevel }: ResolvedLogOptions): ReadonlyMap<EventKind, LogLevel> {
  const wanted = new Map<EventKind, LogLevel>();
  for (const [kind, level] of Object.entries(levels) as [EventKind, LogLevel | "off"][]) {
    if (level !== "off" && reaches(level, minLevel)) wanted.set(kind, level);
  }
  return wanted;
}

function textWriter({ maxTextLength, redact }: ResolvedLogOptions): WriteText {
  return (text) => {
    if (maxTextLength === 0) return undefined;
    try {
      return safeText(String(redact(text)), maxTextLength);
    } catch {
      return undefined;
    }
  };
}

function summaryOf({ kind, type, name, level, count }: Suppressed, windowMs: number, atMs: number): LogLine {
  return {
    level,
    atMs,
    message: `suppressed ${count} more lines like this`,
    fields: {
      event: "suppressed",
      suppressed: count,
      suppressed_event: kind,
      ...(kind === "breaker" ? { breaker: name } : { task_name: name, task_type: type }),
      window_ms: windowMs,
    },
  };
}

function droppedLine(dropped: number, atMs: number): LogLine {
  return {
    level: "warn",
    atMs,
    message: `${dropped} events were dropped before they could be logged`,
    fields: { event: "dropped", dropped },
  };
}

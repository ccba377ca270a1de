import { SpanStatusCode, TraceFlags } from "@opentelemetry/api";
import type { Attributes, Context, HrTime, SpanContext, SpanStatus } from "@opentelemetry/api";
import { checkMethods } from "../../errors/index.ts";
import { PENDING } from "./pending-spans.ts";
import { readTailOptions } from "./tail-options.ts";
import type { ResolvedTailOptions, TailSamplingOptions } from "./tail-options.ts";

/** What is read of a span of the SDK that starts. */
export interface StartingSpan {
  readonly attributes: Attributes;
  readonly startTime: HrTime;
  readonly parentSpanContext?: SpanContext | undefined;
  spanContext(): SpanContext;
}

/** What is read of a span of the SDK that has ended. */
export interface EndedSpan extends StartingSpan {
  readonly status: SpanStatus;
  readonly endTime: HrTime;
}

/** A `SpanProcessor` of OpenTelemetry's SDK, as far as it is used here. */
export interface TailSpanProcessor {
  onStart(span: StartingSpan, parentContext: Context): void;
  onEnding?(span: StartingSpan): void;
  onEnd(span: EndedSpan): void;
  forceFlush(): Promise<void>;
  shutdown(): Promise<void>;
}

/** What a tail sampler has decided so far. */
export interface TailSamplingCounts {
  readonly keptTraces: number;
  readonly droppedTraces: number;
  readonly droppedSpans: number;
  /** Traces that were decided before their end, for want of room; they are among the two above. */
  readonly earlyTraces: number;
  /** Spans that were kept though their trace had been dropped, because they failed or were slow after it had ended. */
  readonly lateSpans: number;
}

/** The processor that {@link tailSampler} makes. */
export interface TailSampler extends TailSpanProcessor {
  onEnding(span: StartingSpan): void;
  readonly counts: TailSamplingCounts;
}

/**
 * Keeps the traces worth keeping: those in which something failed or was slow, and a share of the rest. Stands before the
 * processor that exports, holds the spans of a trace until its first span in this process has ended, and then passes all of
 * them on or none.
 *
 * ```ts
 * const processor = tailSampler(new BatchSpanProcessor(exporter), { slowerThanMs: 1_000, ratio: 0.05 });
 * ```
 *
 * **What it can not do.** It decides for one process: other services on the trace decide on their own, the same
 * way only for `ratio`. A span that ends after the decision follows it, unless it failed or was slow itself: then it goes out
 * without its parents. Nor does it see spans that the SDK's sampler turned down: leave that at "always on".
 * **What it costs.** Each task pays for a recorded span, kept or not (microseconds, and about 2 kB until the decision): it
 * saves sending and storing. At most `maxSpans` spans and `maxTraces` traces wait; beyond, the oldest trace is decided by
 * `ratio` at once, which is counted.
 * **Order.** A trace in which something failed or was slow is passed on from that moment, pending spans always are and
 * keep their trace. `forceFlush` passes on nothing that is undecided; `shutdown` passes on all of it.
 */
export function tailSampler(processor: TailSpanProcessor, options: TailSamplingOptions = {}): TailSampler {
  const next = checkMethods<TailSpanProcessor>("tailSampler.processor", processor, [
    "onStart",
    "onEnd",
    "forceFlush",
    "shutdown",
  ]);
  return new BufferingTailSampler(next, readTailOptions(options));
}

/** How many decisions are remembered, for spans that end after them. */
const MAX_DECISIONS = 10_000;

/** A trace whose end is awaited. */
interface WaitingTrace {
  readonly id: string;
  /** What began it here. */
  readonly first: StartingSpan;
  /** Its spans that have no parent here and have not ended. */
  readonly roots: Set<string>;
  readonly spans: EndedSpan[];
}

class BufferingTailSampler implements TailSampler {
  readonly #next: TailSpanProcessor;
  readonly #options: ResolvedTailOptions;
  /** The oldest first. */
  readonly #waiting = new Map<string, WaitingTrace>();
  /** Whether a trace was kept, the oldest decision first. */
  readonly #decided = new Map<string, boolean>();
  readonly #counts = { keptTraces: 0, droppedTraces: 0, droppedSpans: 0, earlyTraces: 0, lateSpans: 0 };
  #waitingSpans = 0;

  constructor(next: TailSpanProcessor, options: ResolvedTailOptions) {
    this.#next = next;
    this.#options = options;
  }

  get counts(): TailSamplingCounts {
    return { ...this.#counts };
  }

  onStart(span: StartingSpan, parentContext: Context): void {
    this.#next.onStart(span, parentContext);
    const { traceId, spanId } = span.spanContext();
    if (!isSampled(span) || this.#decided.has(traceId)) return;
    let trace = this.#waiting.get(traceId);
    const isFirst = trace === undefined;
    if (trace === undefined) {
      trace = { id: traceId, first: span, roots: new Set(), spans: [] };
      this.#waiting.set(traceId, trace);
    }
    const parent = span.parentSpanContext;
    if (isFirst || parent === undefined || parent.isRemote === true) trace.roots.add(spanId);
    if (this.#waiting.size > this.#options.maxTraces) this.#decideOldest();
  }

  onEnding(span: StartingSpan): void {
    this.#next.onEnding?.(span);
  }

  onEnd(span: EndedSpan): void {
    const { traceId, spanId } = span.spanContext();
    const trace = this.#waiting.get(traceId);
    if (!isSampled(span)) this.#next.onEnd(span);
    else if (trace === undefined) this.#endDecided(span, this.#decided.get(traceId));
    else {
      trace.spans.push(span);
      this.#waitingSpans += 1;
      if (this.#isNotable(span) || this.#goesOnForLong(trace, span)) this.#decide(trace, true);
      else if (trace.roots.delete(spanId) && trace.roots.size === 0)
        this.#decide(trace, this.#isChosen(trace.id, this.#ruleOf(span).ratio));
      else if (this.#waitingSpans > this.#options.maxSpans) this.#decideOldest();
    }
  }

  forceFlush(): Promise<void> {
    return this.#next.forceFlush();
  }

  shutdown(): Promise<void> {
    for (const trace of this.#waiting.values()) this.#decide(trace, true);
    return this.#next.shutdown();
  }

  /** `wasKept` undefined: the decision is forgotten, and the share of all is what can be told again. */
  #endDecided(span: EndedSpan, wasKept: boolean | undefined): void {
    const { traceId } = span.spanContext();
    if (wasKept ?? this.#isChosen(traceId, this.#options.ratio)) this.#next.onEnd(span);
    else if (this.#isNotable(span)) {
      this.#counts.lateSpans += 1;
      this.#next.onEnd(span);
    } else this.#counts.droppedSpans += 1;
  }

  #decideOldest(): void {
    for (const trace of this.#waiting.values()) {
      this.#counts.earlyTraces += 1;
      this.#decide(trace, this.#isChosen(trace.id, this.#options.ratio));
      return;
    }
  }

  #decide(trace: WaitingTrace, isKept: boolean): void {
    this.#waiting.delete(trace.id);
    this.#waitingSpans -= trace.spans.length;
    this.#decided.set(trace.id, isKept);
    if (this.#decided.size > MAX_DECISIONS) {
      for (const oldest of this.#decided.keys()) {
        this.#decided.delete(oldest);
        break;
      }
    }
    if (isKept) {
      this.#counts.keptTraces += 1;
      for (const span of trace.spans) this.#next.onEnd(span);
    } else {
      this.#counts.droppedTraces += 1;
      this.#counts.droppedSpans += trace.spans.length;
    }
  }

  #isNotable(span: EndedSpan): boolean {
    if (span.attributes[PENDING] === true) return true;
    if (this.#options.failed && span.status.code === SpanStatusCode.ERROR) return true;
    return msBetween(span.startTime, span.endTime) > this.#ruleOf(span).slowerThanMs;
  }

  /** Whether a trace whose first span has not ended is slow already: told by another one that has. */
  #goesOnForLong({ first, roots }: WaitingTrace, span: EndedSpan): boolean {
    if (!roots.has(first.spanContext().spanId)) return false;
    return msBetween(first.startTime, span.endTime) > this.#ruleOf(first).slowerThanMs;
  }

  #ruleOf({ attributes }: StartingSpan): { readonly slowerThanMs: number; readonly ratio: number } {
    const type = attributes["task.type"];
    return (typeof type === "string" ? this.#options.byType.get(type) : undefined) ?? this.#options;
  }

  /** The same for all spans of a trace, and in every process. */
  #isChosen(traceId: string, ratio: number): boolean {
    return Number.parseInt(traceId.slice(-8), 16) / 0x1_0000_0000 < ratio;
  }
}

function isSampled(span: StartingSpan): boolean {
  return (span.spanContext().traceFlags & TraceFlags.SAMPLED) !== 0;
}

function msBetween([s1, n1]: HrTime, [s2, n2]: HrTime): number {
  return (s2 - s1) * 1_000 + (n2 - n1) / 1_000_000;
}

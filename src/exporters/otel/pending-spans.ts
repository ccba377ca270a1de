import { AsyncResource } from "node:async_hooks";
import { SpanKind } from "@opentelemetry/api";
import type { Context, Tracer } from "@opentelemetry/api";
import type { HookTask, PluginContext } from "../../plugin/index.ts";
import { writeSpawnAttributes } from "./task-attributes.ts";

type Host = Pick<PluginContext, "clock" | "diag">;

/** How often in the time after which tasks are pending they are looked through. */
const LOOKS_IN_THAT_TIME = 4;

interface Waiting {
  readonly sinceMs: number;
  readonly inside: Context;
}

/**
 * Makes long tasks visible before they end: a span leaves the process only when it ends, so that a trace store knows
 * nothing of a task that hangs. A task that is still there after `afterMs` gets one child span, from its spawn to that
 * moment, which is exported at once.
 */
export class PendingSpans {
  readonly #afterMs: number;
  readonly #clock: Host["clock"];
  readonly #diag: Host["diag"];
  /** The oldest first. */
  readonly #waiting = new Map<HookTask, Waiting>();
  /** The timer is shared: it is to hold on to no task. */
  readonly #outside = new AsyncResource("taskscope.pending");
  #timer: { cancel(): void } | undefined;
  /** Of the SDK that the last span came from: another may have taken the place of the one before. */
  #tracer: Tracer | undefined;
  #hasReported = false;

  constructor(afterMs: number, { clock, diag }: Host) {
    this.#afterMs = afterMs;
    this.#clock = clock;
    this.#diag = diag;
  }

  /** A task with a span that is recorded has been spawned; `inside` is the context with that span. */
  add(task: HookTask, inside: Context, tracer: Tracer): void {
    this.#waiting.set(task, { sinceMs: this.#clock.now(), inside });
    this.#tracer = tracer;
    if (this.#timer === undefined) this.#arm();
  }

  /** The task has ended. */
  remove(task: HookTask): void {
    this.#waiting.delete(task);
  }

  close(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#waiting.clear();
  }

  #arm(): void {
    const delayMs = this.#afterMs / LOOKS_IN_THAT_TIME;
    this.#outside.runInAsyncScope(() => {
      this.#timer = this.#clock.setTimer(() => this.#look(), delayMs, false);
    });
  }

  #look(): void {
    this.#timer = undefined;
    const nowMs = this.#clock.now();
    for (const [task, { sinceMs, inside }] of this.#waiting) {
      const ageMs = nowMs - sinceMs;
      if (ageMs < this.#afterMs) break;
      this.#waiting.delete(task);
      this.#announce(task, inside, ageMs);
    }
    // Without anybody to wait for the timer rests: the next task sets it again.
    if (this.#waiting.size > 0) this.#arm();
  }

  // In a timer, where what is thrown would end the process: a processor of the user's may.
  #announce(task: HookTask, inside: Context, ageMs: number): void {
    try {
      if (this.#tracer !== undefined) announce(this.#tracer, task, inside, ageMs);
    } catch (error) {
      if (this.#hasReported) return;
      this.#hasReported = true;
      this.#diag.warn("openTelemetry() could not make a pending span", error);
    }
  }
}

function announce(tracer: Tracer, task: HookTask, inside: Context, ageMs: number): void {
  const endMs = Date.now();
  const options = {
    kind: SpanKind.INTERNAL,
    startTime: endMs - ageMs,
    // There from the start: processors that let pending spans through must know them.
    attributes: { [PENDING]: true },
  };
  const span = tracer.startSpan(`${task.name} (pending)`, options, inside);
  if (span.isRecording()) {
    writeSpawnAttributes(span, task);
    span.setAttribute("task.attempt", task.attempt);
  }
  span.end(endMs);
}

/** The attribute that tells a pending span from others. */
export const PENDING = "task.pending";

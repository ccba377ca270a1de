import { context, SpanKind, SpanStatusCode, trace, TraceFlags } from "@opentelemetry/api";
import type { Context, Span, SpanOptions, Tracer } from "@opentelemetry/api";
import type {
  HookAttemptEnd,
  HookEnd,
  HookEvent,
  HookTask,
  PluginContext,
  TaskCarrier,
  TaskSlot,
} from "../../plugin/index.ts";
import type { Attributes } from "../../task/index.ts";
import { CarriedContext, enclose } from "./carried-context.ts";
import { taskKey } from "./context-keys.ts";
import { contextIsCarried } from "./context-probe.ts";
import { recordedException } from "./recorded-exception.ts";
import { writeEndAttributes, writeSpawnAttributes } from "./task-attributes.ts";
import type { TracerSource } from "./tracer-source.ts";
import type { Trail } from "./trail.ts";

/** Makes the spans of one tracker's tasks, and makes them current in the bodies. */
export class TaskSpans {
  readonly #tracers: TracerSource | undefined;
  readonly #plugin: PluginContext;
  readonly #trails: TaskSlot<Trail>;
  #carries = false;
  #records = false;
  #hearsStarts = false;

  /** `tracers` undefined: no spans are wanted, and only the task is carried, where OpenTelemetry's context can. */
  constructor(tracers: TracerSource | undefined, plugin: PluginContext) {
    this.#tracers = tracers;
    this.#plugin = plugin;
    this.#trails = plugin.slot();
  }

  /** Adds what is needed before the first task. The further hooks wait for an SDK: until then no task pays for them. */
  join(): void {
    this.#carries = contextIsCarried() && this.#plugin.provideCarrier(this.#carrier());
    if (this.#carries || this.#tracers !== undefined) this.#plugin.onSpawn((task) => this.#spawned(task));
    this.#plugin.provideTrace((task) => this.#trails.get(task)?.span?.spanContext());
  }

  #startRecording(): void {
    this.#records = true;
    if (!this.#carries) this.#plugin.aroundAttempt((task, runBody) => this.#runWithSpan(task, runBody));
    this.#plugin.onEnd((task, end) => this.#ended(task, end));
    this.#plugin.onEvent((task, event) => this.#noted(task, event));
    this.#plugin.onAttemptEnd((task, end) => this.#restarts(task, end));
  }

  #carrier(): TaskCarrier {
    return {
      current: () => context.active().getValue(taskKey) as HookTask | undefined,
      run: (task, runBody) => {
        const inside = this.#trails.get(task)?.inside ?? enclose(context.active(), undefined, task);
        context.with(inside, runBody);
      },
    };
  }

  #runWithSpan(task: HookTask, runBody: () => void): void {
    const trail = this.#trails.get(task);
    if (trail === undefined) runBody();
    else context.with(trail.inside, runBody);
  }

  #spawned(task: HookTask): void {
    const tracer = this.#tracers?.tracer;
    if (tracer === undefined) {
      if (this.#carries && task.managed) this.#leaveTrail(task, context.active(), undefined);
      return;
    }
    if (!this.#records) this.#startRecording();
    const active = context.active();
    const span = startSpan(tracer, task, this.#parentContext(task, active));
    this.#leaveTrail(task, active, span);
    if (!span.isRecording()) return;
    writeSpawnAttributes(span, task);
    if (task.managed) this.#queued(span);
  }

  /** Only managed tasks wait and start; a tracker that has none need not hear of starts. */
  #queued(span: Span): void {
    if (!this.#hearsStarts) {
      this.#hearsStarts = true;
      this.#plugin.onStart((task) => this.#started(task));
    }
    span.addEvent("task.queued");
  }

  #leaveTrail(task: HookTask, active: Context, span: Span | undefined): void {
    const inside = enclose(active, span, this.#carries ? task : undefined);
    // Most often the context itself can be the trail: one object a task.
    const isTrail = inside instanceof CarriedContext && inside.span === span;
    this.#trails.set(task, isTrail ? inside : { span, inside });
  }

  /**
   * The context whose span is the parent: the active one; that of the parent task where the user named the parent, or
   * where no span is active because nothing carries the context.
   */
  #parentContext(task: HookTask, active: Context): Context {
    if (!task.parentNamed && trace.getSpan(active) !== undefined) return active;
    const parentSpan = task.parentTask === undefined ? undefined : this.#trails.get(task.parentTask)?.span;
    return parentSpan === undefined ? active : trace.setSpan(active, parentSpan);
  }

  #started(task: HookTask): void {
    if (!task.managed) return;
    const span = this.#trails.get(task)?.span;
    if (span?.isRecording() !== true) return;
    span.addEvent("task.started", { "task.attempt": task.attempt });
    this.#exemplify(task, span);
  }

  #noted(task: HookTask, { name, attributes }: HookEvent): void {
    const trail = this.#trails.get(task);
    if (trail?.span?.isRecording() === true) trail.span.addEvent(name, { ...attributes });
    else if (name === SETTLED_LATE && trail?.span !== undefined) this.#settledLate(task, trail, attributes);
  }

  /** The task's span has ended with the task: that its body settled at last is a span of its own, under it. */
  #settledLate(task: HookTask, { inside }: Trail, attributes: Attributes): void {
    const span = this.#tracers?.tracer?.startSpan(`${task.name} settled late`, childOptions, inside);
    if (span?.isRecording() === true) {
      writeSpawnAttributes(span, task);
      span.setAttributes({ ...attributes });
    }
    span?.end();
  }

  #restarts(task: HookTask, { attempt, errorType, restartInMs }: HookAttemptEnd): void {
    const span = this.#trails.get(task)?.span;
    if (span?.isRecording() !== true) return;
    span.addEvent("task.restart", {
      "task.attempt": attempt,
      "task.restart_in": restartInMs / 1_000,
      ...(errorType === undefined ? {} : { "error.type": errorType }),
    });
  }

  /** A bucket must not lead to a trace that nobody kept: a span may be recorded and still be sampled out. */
  #exemplify(task: HookTask, span: Span): void {
    const { traceId, spanId, traceFlags } = span.spanContext();
    if ((traceFlags & TraceFlags.SAMPLED) !== 0) this.#plugin.exemplify(task, traceId, spanId);
  }

  #ended(task: HookTask, end: HookEnd): void {
    const span = this.#trails.get(task)?.span;
    if (span === undefined) return;
    if (span.isRecording()) {
      writeEndAttributes(span, task, end);
      if (end.status === "failed") recordFailure(span, end.error);
      this.#exemplify(task, span);
    }
    span.end();
  }
}

function startSpan(tracer: Tracer, task: HookTask, parent: Context): Span {
  if (task.trace === "child") return tracer.startSpan(task.name, childOptions, parent);
  const options: SpanOptions = { kind: SpanKind.INTERNAL, root: true };
  const linked = task.trace === "link" ? trace.getSpanContext(parent) : undefined;
  if (linked !== undefined) options.links = [{ context: linked }];
  return tracer.startSpan(task.name, options, parent);
}

/** The event of a body that settled after its attempt was over. */
const SETTLED_LATE = "task.settled_late";

// No attributes here: they would be made before the sampler decides, for spans that nobody keeps.
const childOptions: SpanOptions = Object.freeze({ kind: SpanKind.INTERNAL });

function recordFailure(span: Span, error: unknown): void {
  const exception = recordedException(error);
  span.recordException(exception);
  span.setStatus({ code: SpanStatusCode.ERROR, message: exception.message });
}

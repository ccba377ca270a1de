import { context, createContextKey, SpanKind, SpanStatusCode, trace } from "@opentelemetry/api";
import type { Context, Span, SpanOptions, Tracer } from "@opentelemetry/api";
import type { HookEnd, HookTask, PluginContext, TaskCarrier, TaskSlot } from "../../plugin/index.ts";
import { contextIsCarried } from "./context-probe.ts";
import { recordedException } from "./recorded-exception.ts";
import { endAttributes, spawnAttributes } from "./task-attributes.ts";
import type { TracerSource } from "./tracer-source.ts";

// One key for all trackers: tasks of several trackers that nest see each other, as they do in the core's own store.
const taskKey = createContextKey("taskscope.task");

/** What hangs on a task between its spawn and its end. */
interface Trail {
  readonly span: Span | undefined;
  /** The context that was active at the spawn. A body that starts later starts in it. */
  readonly spawnedIn: Context;
}

/** Makes the spans of one tracker's tasks, and makes them current in the bodies. */
export class TaskSpans {
  readonly #tracers: TracerSource | undefined;
  readonly #plugin: PluginContext;
  readonly #trails: TaskSlot<Trail>;
  #carries = false;
  #records = false;

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
  }

  #startRecording(): void {
    this.#records = true;
    if (!this.#carries) this.#plugin.aroundAttempt((task, runBody) => this.#runWithSpan(task, runBody));
    this.#plugin.onStart((task) => this.#started(task));
    this.#plugin.onEnd((task, end) => this.#ended(task, end));
  }

  #carrier(): TaskCarrier {
    return {
      current: () => context.active().getValue(taskKey) as HookTask | undefined,
      run: (task, runBody) => context.with(this.#contextOf(task).setValue(taskKey, task), runBody),
    };
  }

  #runWithSpan(task: HookTask, runBody: () => void): void {
    if (this.#trails.get(task) === undefined) runBody();
    else context.with(this.#contextOf(task), runBody);
  }

  /** What is current in the body: what was at the spawn, with the task's span in it. */
  #contextOf(task: HookTask): Context {
    const trail = this.#trails.get(task);
    if (trail === undefined) return context.active();
    return trail.span === undefined ? trail.spawnedIn : trace.setSpan(trail.spawnedIn, trail.span);
  }

  #spawned(task: HookTask): void {
    const tracer = this.#tracers?.tracer;
    if (tracer === undefined) {
      if (this.#carries && task.managed)
        this.#trails.set(task, { span: undefined, spawnedIn: context.active() });
      return;
    }
    if (!this.#records) this.#startRecording();
    const spawnedIn = context.active();
    const span = startSpan(tracer, task, this.#parentContext(task, spawnedIn));
    this.#trails.set(task, { span, spawnedIn });
    if (!span.isRecording()) return;
    span.setAttributes(spawnAttributes(task));
    if (task.managed) span.addEvent("task.queued");
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
    if (span?.isRecording() === true) span.addEvent("task.started", { "task.attempt": task.attempt });
  }

  #ended(task: HookTask, end: HookEnd): void {
    const span = this.#trails.get(task)?.span;
    if (span === undefined) return;
    if (span.isRecording()) {
      span.setAttributes(endAttributes(task, end));
      if (end.status === "failed") recordFailure(span, end.error);
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

// No attributes here: they would be made before the sampler decides, for spans that nobody keeps.
const childOptions: SpanOptions = Object.freeze({ kind: SpanKind.INTERNAL });

function recordFailure(span: Span, error: unknown): void {
  const exception = recordedException(error);
  span.recordException(exception);
  span.setStatus({ code: SpanStatusCode.ERROR, message: exception.message });
}

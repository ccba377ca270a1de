import { context, trace, TraceFlags } from "@opentelemetry/api";
import type { Context, Span } from "@opentelemetry/api";
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
import { PendingSpans } from "./pending-spans.ts";
import { recordedException } from "./recorded-exception.ts";
import { SpanLog } from "./span-log.ts";
import { SpanNotes } from "./span-notes.ts";
import { innerSpan, recordFailure, spawnSpan } from "./span-making.ts";
import { SpawnSites } from "./spawn-sites.ts";
import { SdkLookout } from "./sdk-lookout.ts";
import type { Switches } from "./switches.ts";
import { writeEndAttributes, writeSpawnAttributes } from "./task-attributes.ts";
import type { TracerSource } from "./tracer-source.ts";
import type { Trail } from "./trail.ts";

/** How the spans of a plugin are made. */
export interface SpanSettings {
  readonly switches: Switches;
  readonly spawnSite: boolean;
  /** `undefined`: never. */
  readonly pendingAfterMs: number | undefined;
}

/** Makes the spans of one tracker's tasks, and makes them current in the bodies. */
export class TaskSpans {
  readonly #tracers: TracerSource;
  readonly #plugin: PluginContext;
  readonly #switches: Switches;
  readonly #sites: SpawnSites | undefined;
  readonly #pending: PendingSpans | undefined;
  readonly #trails: TaskSlot<Trail>;
  readonly #notes: TaskSlot<SpanNotes>;
  readonly #lookout: SdkLookout;
  #carries = false;
  /** Takes the hook off that hears of every task; `undefined` while there is none. */
  #stopHearing: (() => void) | undefined;
  #records = false;
  #hearsStarts = false;

  constructor(
    tracers: TracerSource,
    plugin: PluginContext,
    { switches, spawnSite, pendingAfterMs }: SpanSettings,
  ) {
    this.#tracers = tracers;
    this.#plugin = plugin;
    this.#switches = switches;
    this.#sites = spawnSite ? new SpawnSites() : undefined;
    this.#pending = pendingAfterMs === undefined ? undefined : new PendingSpans(pendingAfterMs, plugin);
    this.#trails = plugin.slot();
    this.#notes = plugin.slot();
    this.#lookout = new SdkLookout(
      plugin.clock,
      () => tracers.ask() !== undefined,
      () => this.wake(),
    );
  }

  /** Adds what is needed before the first task. The further hooks wait for an SDK: until then no task pays for them. */
  join(): void {
    this.#carries = contextIsCarried() && this.#plugin.provideCarrier(this.#carrier());
    this.wake();
    this.#plugin.provideTrace((task) => this.#trails.get(task)?.span?.spanContext());
  }

  /** There may be an SDK, and the switches may have been turned on. */
  wake(): void {
    this.#lookout.stop();
    if (this.#stopHearing !== undefined || !(this.#carries || this.#switches.spans)) return;
    this.#stopHearing = this.#plugin.onSpawn((task) => this.#spawned(task));
  }

  /** Stops hearing of tasks until there is an SDK: a hook that has nothing to do still costs each of them a tenth. */
  #sleep(): void {
    this.#stopHearing?.();
    this.#stopHearing = undefined;
    if (this.#switches.spans) this.#lookout.start();
  }

  leave(): void {
    this.#lookout.stop();
    this.#pending?.close();
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
    const tracer = this.#switches.spans ? this.#tracers.tracer : undefined;
    if (tracer === undefined) {
      if (this.#carries) {
        if (task.managed) this.#leaveTrail(task, context.active(), undefined);
      } else if (!this.#switches.spans || this.#tracers.isInVain) this.#sleep();
      return;
    }
    if (!this.#records) this.#startRecording();
    const active = context.active();
    const span = spawnSpan(tracer, task, this.#parentContext(task, active));
    const { inside } = this.#leaveTrail(task, active, span);
    if (!span.isRecording()) return;
    this.#sites?.write(span, task);
    writeSpawnAttributes(span, task);
    if (task.managed) this.#queued(span);
    this.#pending?.add(task, inside, tracer);
  }

  /** Only managed tasks wait and start; a tracker that has none need not hear of starts. */
  #queued(span: Span): void {
    if (!this.#hearsStarts) {
      this.#hearsStarts = true;
      this.#plugin.onStart((task) => this.#started(task));
    }
    span.addEvent("task.queued");
  }

  #leaveTrail(task: HookTask, active: Context, span: Span | undefined): Trail {
    const inside = enclose(active, span, this.#carries ? task : undefined);
    // Most often the context itself can be the trail: one object a task.
    const isTrail = inside instanceof CarriedContext && inside.span === span;
    const trail = isTrail ? inside : { span, inside };
    this.#trails.set(task, trail);
    return trail;
  }

  /**
   * The context whose span is the parent: the active one; that of the parent task where the user named the parent, or
   * where no span is active because nothing carries the context.
   */
  #parentContext(task: HookTask, active: Context): Context {
    if (!task.parentNamed && trace.getSpan(active) !== undefined) return active;
    const { parentTask } = task;
    if (parentTask === undefined) return active;
    const parentSpan = this.#notes.get(parentTask)?.attempt?.span ?? this.#trails.get(parentTask)?.span;
    return parentSpan === undefined ? active : trace.setSpan(active, parentSpan);
  }

  #started(task: HookTask): void {
    if (!task.managed) return;
    const trail = this.#trails.get(task);
    const span = trail?.span;
    if (trail === undefined || span?.isRecording() !== true) return;
    const attributes = { "task.attempt": task.attempt };
    if (task.attempt === 1) {
      span.addEvent("task.started", attributes);
      this.#exemplify(task, span);
      return;
    }
    const notes = this.#notesOf(task, span);
    notes.log.addEvent("task.started", attributes);
    this.#startAttempt(task, { span, inside: trail.inside }, notes);
  }

  /** From the second attempt on each has a span of its own under the task's, which is the active one in its body. */
  #startAttempt(task: HookTask, { span, inside }: Trail, notes: SpanNotes): void {
    const tracer = this.#tracers.tracer;
    if (tracer === undefined) return;
    const attempt = innerSpan(tracer, `${task.name} attempt`, enclose(inside, span, undefined));
    if (attempt.isRecording()) {
      writeSpawnAttributes(attempt, task);
      attempt.setAttribute("task.attempt", task.attempt);
    }
    notes.attempt = new SpanLog(attempt);
    this.#trails.set(task, { span, inside: enclose(inside, attempt, undefined) });
  }

  #endAttempt(notes: SpanNotes, end: Pick<HookEnd, "status" | "error" | "errorType">): void {
    const { attempt } = notes;
    if (attempt === undefined) return;
    notes.attempt = undefined;
    attempt.close();
    attempt.span.setAttribute("task.outcome", end.status);
    if (end.errorType !== undefined) attempt.span.setAttribute("error.type", end.errorType);
    if (end.status === "failed") recordFailure(attempt.span, recordedException(end.error));
    attempt.span.end();
  }

  #noted(task: HookTask, { name, attributes }: HookEvent): void {
    const trail = this.#trails.get(task);
    const span = trail?.span;
    if (span?.isRecording() === true) {
      const notes = this.#notesOf(task, span);
      // What a body says is where its own spans are; what is said about the task is on the task's.
      const isAboutTask = name.startsWith("task.") && name !== "task.progress";
      ((isAboutTask ? undefined : notes.attempt) ?? notes.log).addEvent(name, { ...attributes });
    } else if (name === SETTLED_LATE && trail !== undefined && span !== undefined)
      this.#settledLate(task, enclose(trail.inside, span, undefined), attributes);
  }

  /** The task's span has ended with the task: that its body settled at last is a span of its own, under it. */
  #settledLate(task: HookTask, inTask: Context, attributes: Attributes): void {
    const tracer = this.#tracers.tracer;
    const span = tracer === undefined ? undefined : innerSpan(tracer, `${task.name} settled late`, inTask);
    if (span?.isRecording() === true) {
      writeSpawnAttributes(span, task);
      span.setAttributes({ ...attributes });
    }
    span?.end();
  }

  #restarts(task: HookTask, { attempt, status, error, errorType, restartInMs }: HookAttemptEnd): void {
    const span = this.#trails.get(task)?.span;
    if (span?.isRecording() !== true) return;
    const notes = this.#notesOf(task, span);
    this.#endAttempt(notes, { status, error, errorType });
    notes.log.addEvent("task.restart", {
      "task.attempt": attempt,
      "task.restart_in": restartInMs / 1_000,
      ...(errorType === undefined ? {} : { "error.type": errorType }),
      ...(status === "failed" ? { "exception.message": recordedException(error).message } : {}),
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
    // A body may have ended the span that was active in it.
    this.#pending?.remove(task);
    if (span.isRecording()) {
      const notes = this.#notes.get(task);
      if (notes !== undefined) {
        this.#endAttempt(notes, end);
        notes.log.close();
      }
      writeEndAttributes(span, task, end);
      if (end.status === "failed") recordFailure(span, recordedException(end.error));
      this.#exemplify(task, span);
    }
    span.end();
  }

  #notesOf(task: HookTask, span: Span): SpanNotes {
    let notes = this.#notes.get(task);
    if (notes === undefined) this.#notes.set(task, (notes = new SpanNotes(span)));
    return notes;
  }
}

/** The event of a body that settled after its attempt was over. */
const SETTLED_LATE = "task.settled_late";

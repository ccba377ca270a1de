import { AsyncResource } from "node:async_hooks";
import { createTracker, currentTask, TaskRejectedError } from "taskscope";
import type { LifecycleEvent, Outcome, ShutdownResult, TaskContext, TaskHandle, Tracker } from "taskscope";
import { deferred } from "../tracker/support.ts";
import { MicroClock, microtasks } from "./micro-clock.ts";
import { endOf, followedChild } from "./plan-reading.ts";
import { listen, optionsOf } from "./real-body.ts";
import type { RealBody } from "./real-body.ts";
import type { Plan, Sequence } from "./steps.ts";
import { limitedTypes, SIGNALS } from "./steps.ts";
import { BodyError, wordsOf } from "./words.ts";

/** What became of one start, as its caller sees it. */
export interface RealCall {
  words: string;
  handle: TaskHandle | undefined;
}

/** Tells where ids stand: they are given out one by one in the whole process. */
const counter = createTracker();

/** A real tracker, driven as the model is. */
export class World {
  readonly clock: MicroClock = new MicroClock();
  readonly tracker: Tracker;
  readonly calls: RealCall[] = [];
  /** Attempts in the order of their start. */
  readonly started: string[] = [];
  readonly events: LifecycleEvent[] = [];
  droppedEvents = 0;
  /** Of tasks whose handle the test holds, by number. */
  readonly outcomes = new Map<number, Outcome<unknown> | undefined>();
  shutdownResult: ShutdownResult | undefined;
  readonly #firstId: number;
  readonly #bodies = new Map<string, RealBody>();
  readonly #signals: AbortController[] = [];
  #starts = 0;

  constructor({ config, maxFinished, listens }: Sequence) {
    const types = { ...Object.fromEntries(limitedTypes.map((type) => [type, {}])), ...config.types };
    this.tracker = createTracker({
      clock: this.clock,
      types,
      limits: config.limits,
      retention: { maxFinished, finishedMs: Infinity },
      diag: { warn: () => {} },
    });
    for (let signal = 0; signal < SIGNALS; signal += 1) this.#signals.push(new AbortController());
    const probe = counter.open("probe");
    probe.cancel();
    this.#firstId = probe.id + 1;
    if (!listens) return;
    this.tracker.subscribe({ name: "model", capacity: 100_000 }, (event, dropped) => {
      this.events.push(event);
      this.droppedEvents += dropped;
    });
  }

  numberOf(id: number): number {
    return id - this.#firstId;
  }

  idOf(no: number): number {
    return no + this.#firstId;
  }

  start(plan: Plan, within: string | undefined): void {
    const parent = within === undefined ? undefined : this.#bodies.get(within);
    if (parent === undefined) void this.#start(plan, undefined);
    else void parent.scope.runInAsyncScope(() => this.#start(plan, parent.context));
  }

  settle(body: string, how: "value" | "error" | "abort-error"): void {
    const { pending } = this.#bodies.get(body) ?? {};
    if (how === "value") pending?.resolve(`value:${body}`);
    else pending?.reject(how === "error" ? new BodyError(body) : new DOMException(body, "AbortError"));
  }

  /** Aborts a signal, and puts a new one in its place. */
  abort(signal: number, reason: string, renew: boolean): void {
    this.#signals[signal]?.abort(reason);
    if (renew) this.#signals[signal] = new AbortController();
  }

  /** Lets all run that can run without time going on. */
  flush(): Promise<void> {
    return microtasks();
  }

  /** Gets the handle of a live task that none was given for. */
  hold(no: number): void {
    if (this.outcomes.has(no)) return;
    const handle = this.tracker.get(this.idOf(no));
    if (handle !== undefined) this.#watch(handle);
  }

  shutdown(drainMs: number, graceMs: number): void {
    void this.tracker.shutdown({ drainMs, graceMs }).then((result) => (this.shutdownResult = result));
  }

  #start(plan: Plan, parent: TaskContext | undefined): Promise<unknown> | undefined {
    const ordinal = this.#starts++;
    const call: RealCall = { words: "pending", handle: undefined };
    this.calls[ordinal] = call;
    switch (plan.how) {
      case "wrap":
        return this.#startWrapped(plan, call);
      case "track":
        return this.#startTracked(plan, call);
      case "run": {
        const run =
          plan.named === "context" && parent !== undefined ? parent.run : this.tracker.run.bind(this.tracker);
        const promise = run(optionsOf(plan, ordinal, this.#signalOf(plan), parent), (context) =>
          this.#body(plan, context),
        );
        this.#note(call, promise);
        return promise;
      }
      case "spawn":
      case "trySpawn": {
        const handle = this.#spawn(plan, ordinal, parent, call);
        if (handle === undefined) return undefined;
        call.handle = handle;
        this.#watch(handle);
        this.#note(call, handle.result);
        // Nobody handles this one: that must do no harm.
        void handle.result;
        return undefined;
      }
    }
  }

  #spawn(
    plan: Plan,
    ordinal: number,
    parent: TaskContext | undefined,
    call: RealCall,
  ): TaskHandle | undefined {
    const spec = optionsOf(plan, ordinal, this.#signalOf(plan), parent);
    const body = (context: TaskContext): unknown => this.#body(plan, context);
    if (plan.how === "trySpawn") {
      const handle = this.tracker.trySpawn(spec, body);
      if (handle === undefined) call.words = "rejected";
      return handle;
    }
    try {
      return plan.named === "context" && parent !== undefined
        ? parent.spawn(spec, body)
        : this.tracker.spawn(spec, body);
    } catch (error) {
      if (!(error instanceof TaskRejectedError)) throw error;
      call.words = wordsOf(error);
      return undefined;
    }
  }

  #startWrapped(plan: Plan, call: RealCall): undefined {
    const { name, type } = plan;
    const wrapped = this.tracker.wrap({ name, type }, () => {
      const context = currentTask();
      if (context === undefined) throw new Error("no current task");
      return this.#body(plan, context);
    });
    try {
      const given = wrapped();
      if (given instanceof Promise) this.#note(call, given);
      else call.words = String(given);
    } catch (error) {
      call.words = wordsOf(error);
    }
  }

  #startTracked({ name, type }: Plan, call: RealCall): undefined {
    const pending = deferred<string>();
    this.#note(call, pending.promise);
    const handle = this.tracker.track({ name, type }, pending.promise);
    call.handle = handle;
    const id = `${this.numberOf(handle.id)}.1`;
    this.started.push(id);
    // Its promise runs outside: nothing is ever started within.
    const scope = new AsyncResource("test");
    this.#bodies.set(id, { context: { task: handle } as TaskContext, scope, pending });
    this.#watch(handle);
  }

  #body(plan: Plan, context: TaskContext): unknown {
    const { id: taskId, attempt } = context.task;
    const id = `${this.numberOf(taskId)}.${attempt}`;
    this.started.push(id);
    this.#watch(context.task);
    const end = endOf(plan, attempt);
    const pending = end === "pending" || end === "child" ? deferred<string>() : undefined;
    const body: RealBody = { context, scope: new AsyncResource("test"), pending };
    this.#bodies.set(id, body);
    const { onAbort = "ignore" } = plan;
    if (end === "pending" && pending !== undefined && onAbort !== "ignore")
      listen(context, pending, onAbort, id);
    const children = (plan.children ?? []).map((child) => this.#start(child, context));
    if (plan.cancels === "self") context.task.cancel("body");
    else if (plan.cancels === "parent" && context.task.parentId !== undefined)
      this.tracker.cancel(context.task.parentId, "body");
    if (end === "throw") throw new BodyError(id);
    if (end === "value") return `value:${id}`;
    return (end === "child" ? children[followedChild(plan)] : undefined) ?? pending?.promise;
  }

  #signalOf({ signal }: Plan): AbortSignal | undefined {
    return signal === undefined ? undefined : this.#signals[signal]?.signal;
  }

  #note(call: RealCall, promise: Promise<unknown>): void {
    promise.then(
      (value) => (call.words = String(value)),
      (error: unknown) => (call.words = wordsOf(error)),
    );
  }

  #watch(handle: TaskHandle): void {
    const no = this.numberOf(handle.id);
    if (this.outcomes.has(no)) return;
    this.outcomes.set(no, undefined);
    void handle.outcome.then((outcome) => this.outcomes.set(no, outcome));
  }
}

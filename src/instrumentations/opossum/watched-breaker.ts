import type {
  AdmissionRequest,
  HookAttemptEnd,
  HookEnd,
  HookTask,
  PluginContext,
  Refusal,
} from "../../plugin/index.ts";
import { stateOf } from "./breaker.ts";
import type { Breaker, BreakerState } from "./breaker.ts";
import type { Selection } from "./options.ts";

/** Hears of each change of a breaker. */
export type OnChange = (name: string, from: BreakerState, to: BreakerState) => void;

/** Tells a breaker how an attempt ended. `error` counts when `isFailure`. */
export type Teach = (isFailure: boolean, error: unknown, context: PluginContext) => void;

/**
 * A breaker in the eyes of the plugin: shows its state, and refuses the tasks that it covers while it is open. While it is
 * half open the first task is the trial, and all others are refused until that has ended.
 */
export class WatchedBreaker {
  readonly name: string;
  readonly selection: Selection;
  readonly #breaker: Breaker;
  readonly #teach: Teach | undefined;
  readonly #isHarmless: (error: unknown) => unknown;
  #state: BreakerState;
  #trial: { readonly task: HookTask; readonly context: PluginContext } | undefined;

  /** Without `teach` it has calls of its own to learn from. `isHarmless`: of which errors it is told as of a success. */
  constructor(
    name: string,
    breaker: Breaker,
    selection: Selection,
    teach?: Teach,
    isHarmless: (error: unknown) => unknown = () => false,
  ) {
    this.name = name;
    this.selection = selection;
    this.#breaker = breaker;
    this.#teach = teach;
    this.#isHarmless = isHarmless;
    this.#state = stateOf(breaker);
  }

  /** Begins to hear of changes. `onShutdown` is called when the breaker ends for good. Gives a function that stops it. */
  connect(onChange: OnChange, onShutdown: () => void): () => void {
    const listeners = [
      ["open", () => this.#changed("open", onChange)],
      ["close", () => this.#changed("closed", onChange)],
      ["halfOpen", () => this.#changed("half_open", onChange)],
      ["shutdown", onShutdown],
    ] as const;
    for (const [event, listener] of listeners) this.#breaker.on(event, listener);
    return () => {
      for (const [event, listener] of listeners) this.#breaker.off(event, listener);
    };
  }

  get state(): BreakerState {
    return stateOf(this.#breaker);
  }

  covers({ type, name }: AdmissionRequest): boolean {
    const { types, names } = this.selection;
    return (types?.includes(type) ?? true) && (names?.includes(name) ?? true);
  }

  /** Why a task that it covers is refused now, if it is. The rule of opossum, and one trial at a time. */
  get refusal(): Refusal | undefined {
    const { enabled, closed, opened, pendingClose } = this.#breaker;
    if (!enabled || closed || (pendingClose && this.#trial === undefined)) return undefined;
    const state = opened ? "open" : "half open, and another task is its trial";
    return {
      reason: "breaker_open",
      because: `the circuit breaker ${JSON.stringify(this.name)} is ${state}`,
    };
  }

  /** A task that it covers has been made. */
  spawned(task: HookTask, context: PluginContext): void {
    const { enabled, halfOpen } = this.#breaker;
    if (enabled && halfOpen) this.#trial ??= { task, context };
  }

  /** An attempt of a task that it covers has ended, and another follows. */
  attemptEnded(task: HookTask, end: HookAttemptEnd, context: PluginContext): void {
    this.#learn(end, this.#trial?.task === task, context);
  }

  /** A task that it covers has ended, and its last attempt with it. After a cancelled trial the next task is the trial. */
  ended(task: HookTask, end: HookEnd, context: PluginContext): void {
    const wasTrial = this.#trial?.task === task;
    if (wasTrial) this.#trial = undefined;
    this.#learn(end, wasTrial, context);
  }

  /** While it is closed every attempt counts, while it is half open the trial's. A cancelled one says nothing. */
  #learn({ status, error }: HookEnd | HookAttemptEnd, isTrial: boolean, context: PluginContext): void {
    const { enabled, closed, halfOpen } = this.#breaker;
    if (!enabled || status === "cancelled" || !(closed || (halfOpen && isTrial))) return;
    this.#teach?.(status === "failed" && !this.#isHarmless(error), error, context);
  }

  /** A tracker has gone: the end of a trial of its will not be heard. */
  forget(context: PluginContext): void {
    if (this.#trial?.context === context) this.#trial = undefined;
  }

  #changed(to: BreakerState, onChange: OnChange): void {
    this.#trial = undefined;
    const from = this.#state;
    this.#state = to;
    onChange(this.name, from, to);
  }
}

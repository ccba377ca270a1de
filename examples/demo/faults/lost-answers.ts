import { EventEmitter, once } from "node:events";
import { Session } from "node:inspector";
import type { Tracker } from "taskscope";
import { pace } from "./pace.ts";

const COLLECT_EVERY_MS = 2_000;

/** Each task waits for an event of an emitter that nobody holds: once it is collected, no answer can come any more. */
export class LostAnswers {
  readonly #tasks: Tracker;
  #end: (() => void) | undefined;

  constructor(tasks: Tracker) {
    this.#tasks = tasks;
  }

  change(perSecond: number): void {
    this.#end?.();
    this.#end = undefined;
    if (perSecond === 0) return;
    const spec = { name: "await-answer", type: "reply", onShutdown: "cancel" } as const;
    const stop = pace(perSecond, () =>
      this.#tasks.spawn(spec, async () => once(new EventEmitter(), "answer")),
    );
    // A busy server collects its garbage every few seconds anyway. The demo has little, and would prove it late.
    const session = new Session();
    session.connect();
    const timer = setInterval(() => session.post("HeapProfiler.collectGarbage"), COLLECT_EVERY_MS).unref();
    this.#end = () => {
      stop();
      clearInterval(timer);
      session.disconnect();
      this.#tasks.cancelWhere({ name: "await-answer" }, "the drill is over");
    };
  }
}

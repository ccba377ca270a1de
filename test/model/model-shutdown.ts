import { isLive } from "./model-task.ts";
import type { ModelLife } from "./model-life.ts";
import type { ModelTask } from "./model-task.ts";

/** The shutdown: refuse roots, let work drain, cancel, give bodies their grace. */
export class ModelShutdown {
  readonly #life: ModelLife;
  readonly #seriesIndex: (task: ModelTask) => number;
  phase: "open" | "drain" | "grace" | "done" = "open";
  dueMs = Number.POSITIVE_INFINITY;
  completed = 0;
  cancelled = 0;
  unresponsive: readonly number[] = [];
  /** How many events are sure to be told: the subscriptions end with the shutdown. */
  eventsTold = Number.POSITIVE_INFINITY;
  #graceMs = 0;
  #isOver: () => boolean = () => false;
  #isWaiting = false;

  constructor(life: ModelLife, seriesIndex: (task: ModelTask) => number) {
    this.#life = life;
    this.#seriesIndex = seriesIndex;
  }

  begin(drainMs: number, graceMs: number): void {
    if (this.phase !== "open") return;
    this.#life.isClosing = true;
    this.#graceMs = graceMs;
    this.completed = -this.#count("completed");
    this.cancelled = -this.#count("cancelled");
    this.#life.onSettled = () => this.#check();
    this.phase = "drain";
    this.#cancelLive(({ plan, isManaged }) => isManaged && plan.onShutdown === "cancel");
    this.#wait(drainMs, () => this.#life.live.length === 0);
  }

  /** The time of a phase has passed. */
  due(): void {
    this.dueMs = Number.POSITIVE_INFINITY;
    this.#isWaiting = false;
    this.#life.jobs.push(() => this.#next());
  }

  #wait(boundMs: number, isOver: () => boolean): void {
    this.#isWaiting = true;
    this.#isOver = isOver;
    if (isOver() || boundMs === 0) this.due();
    else this.dueMs = this.#life.nowMs + boundMs;
  }

  #check(): void {
    if (this.#isWaiting && this.#isOver()) this.due();
  }

  #next(): void {
    if (this.phase === "drain") {
      this.phase = "grace";
      this.#cancelLive(({ plan, isManaged }) => !isManaged || plan.onShutdown !== "wait");
      this.#wait(this.#graceMs, () => this.#life.live.length === 0 && this.#life.lateBodies.size === 0);
      return;
    }
    this.phase = "done";
    this.#cancelLive(() => true);
    this.#life.runJobs();
    this.eventsTold = this.#life.events.length;
    this.completed += this.#count("completed");
    this.cancelled += this.#count("cancelled");
    const late = [...this.#life.lateBodies].map(({ task }) => task);
    this.unresponsive = [...new Set([...this.#life.live, ...late])]
      .map(({ no }) => no)
      .toSorted((a, b) => a - b);
  }

  /** Series by series, those that run first. */
  #cancelLive(isMeant: (task: ModelTask) => boolean): void {
    const order = (task: ModelTask): number[] => [
      this.#seriesIndex(task),
      task.state === "running" ? 0 : 1,
      task.listedAt,
    ];
    const ordered = this.#life.live.map((task) => ({ task, at: order(task) }));
    ordered.sort(
      ({ at: a }, { at: b }) =>
        (a[0] ?? 0) - (b[0] ?? 0) || (a[1] ?? 0) - (b[1] ?? 0) || (a[2] ?? 0) - (b[2] ?? 0),
    );
    for (const { task } of ordered)
      if (isMeant(task) && isLive(task)) this.#life.cancel(task, "shutdown", "none");
  }

  #count(state: "completed" | "cancelled"): number {
    return this.#life.tasks.filter((task) => task.state === state).length;
  }
}

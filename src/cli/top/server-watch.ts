import type { ConsoleAnswer } from "../remote/answers.ts";
import { ApiError } from "../remote/api-error.ts";
import type { ApiClient } from "../remote/api-client.ts";
import { fetchTaskView, unlessUnknown } from "./fetch-task-view.ts";
import { fetchTasks } from "./fetch-tasks.ts";
import type { TaskWants } from "./fetch-tasks.ts";
import { isOther, NumberHistory } from "./number-history.ts";
import { blankPicture } from "./picture.ts";
import type { Picture } from "./picture.ts";

/** Which part of what the process knows is looked at. What nobody looks at is not asked for. */
export interface Wants {
  readonly tasks: TaskWants | undefined;
  readonly tree: boolean;
  readonly stuck: boolean;
  readonly taskId: number | undefined;
}

const PAGE = 1_000;
const MOST_IN_TREE = 2_000;
const MOST_STUCK = 1_000;
/** Series and alerts move slowly, and cost more. */
const SERIES_EVERY = 2;
const LONGEST_WAIT_MS = 5_000;

/**
 * Keeps a picture of a process: looks at it every so often, and at once when something else is wanted. When the process does
 * not answer the picture stays, says since when, and the looks go on. One look at a time.
 */
export class ServerWatch {
  readonly #client: ApiClient;
  readonly #intervalMs: number;
  readonly #onChange: (picture: Picture) => void;
  readonly #numbers = new NumberHistory();
  readonly #closing = new AbortController();
  #picture: Picture;
  #wants: Wants = { tasks: undefined, tree: false, stuck: false, taskId: undefined };
  #isPaused = false;
  #isHurried = false;
  #hurry: () => void = () => {};
  #looks = 0;
  /** How many looks ago the list of tasks was fetched. */
  #listAge = Number.POSITIVE_INFINITY;

  constructor(client: ApiClient, intervalMs: number, onChange: (picture: Picture) => void) {
    this.#client = client;
    this.#intervalMs = intervalMs;
    this.#onChange = onChange;
    this.#picture = blankPicture(client.url);
  }

  get picture(): Picture {
    return this.#picture;
  }

  /** Says what to look at from now on, and looks at once where that is something else. */
  want(wants: Wants, isPaused: boolean): void {
    const isNew = JSON.stringify(wants) !== JSON.stringify(this.#wants) || (this.#isPaused && !isPaused);
    this.#wants = wants;
    this.#isPaused = isPaused;
    if (isNew) this.lookNow();
  }

  /** Looks as soon as the look before is over. */
  lookNow(): void {
    this.#isHurried = true;
    this.#listAge = Number.POSITIVE_INFINITY;
    this.#hurry();
  }

  /** Looks again and again. Resolves after `close`. */
  async watch(): Promise<void> {
    let failures = 0;
    while (!this.#closing.signal.aborted) {
      if (!this.#isPaused || this.#isHurried || this.#looks === 0) {
        this.#isHurried = false;
        await this.look();
      }
      failures = this.#picture.link.state === "lost" ? failures + 1 : 0;
      const longestMs = Math.max(LONGEST_WAIT_MS, this.#intervalMs);
      await this.#sleep(Math.min(this.#intervalMs * 2 ** Math.max(failures - 1, 0), longestMs));
    }
  }

  /** Looks once. Never rejects: what goes wrong is in the picture. */
  async look(): Promise<void> {
    const { signal } = this.#closing;
    try {
      const found = await this.#fetch(signal);
      if (signal.aborted) return;
      this.#looks += 1;
      this.#set({ ...found, link: { state: "live" } });
    } catch (error) {
      if (signal.aborted) return;
      if (!(error instanceof ApiError)) throw error;
      const { link } = this.#picture;
      const sinceMs = link.state === "lost" ? link.sinceMs : Date.now();
      this.#set({ link: { state: "lost", sinceMs, why: error.message, exitCode: error.exitCode } });
    }
  }

  /** Ends it: the look that is under way is given up. */
  close(): void {
    this.#closing.abort();
    this.#hurry();
  }

  #set(found: Partial<Picture>): void {
    this.#picture = { ...this.#picture, ...found };
    this.#onChange(this.#picture);
  }

  async #fetch(signal: AbortSignal): Promise<Partial<Picture>> {
    const wants = this.#wants;
    const isFirst = this.#picture.link.state !== "live";
    // Long lists are fetched more seldom: what top costs the process stays about the same.
    this.#listAge += 1;
    const isListDue = isFirst || this.#listAge >= Math.ceil(this.#picture.tasks.length / PAGE);
    if (isListDue) this.#listAge = 0;
    const isSeriesDue = isFirst || this.#looks % SERIES_EVERY === 0;
    const client = this.#client;
    const [stats, config, series, alerts, list, tree, stuck, taskView] = await Promise.all([
      client.stats(signal),
      isFirst ? this.#config(signal) : undefined,
      isSeriesDue ? client.series({ limit: PAGE, sort: "-running" }, signal) : undefined,
      isSeriesDue ? client.alerts(signal) : undefined,
      wants.tasks === undefined || !isListDue ? undefined : fetchTasks(client, wants.tasks, signal),
      wants.tree ? client.tree({ limit: MOST_IN_TREE }, signal) : undefined,
      wants.stuck
        ? client.tasks({ state: "running", sort: "-durationMs", limit: MOST_STUCK }, signal)
        : undefined,
      wants.taskId === undefined ? undefined : fetchTaskView(client, wants.taskId, signal),
    ]);
    const before = this.#numbers.samples.at(-1)?.stats;
    const isAnother = before !== undefined && isOther(before, stats);
    this.#numbers.addStats(stats);
    return {
      ...(isAnother ? { tasks: [], tree: [], stuck: [], taskView: undefined } : {}),
      samples: this.#numbers.samples,
      ...(config === undefined ? {} : { actions: config.actions }),
      ...(series === undefined ? {} : { series: this.#numbers.addSeries(stats.atMs, series.series) }),
      ...(alerts === undefined ? {} : { alerts: alerts.alerts, rules: alerts.rules }),
      ...(list === undefined ? {} : { tasks: list.tasks, taskTotal: list.total }),
      ...(tree === undefined ? {} : { tree: tree.tasks, isTreeCut: tree.truncated }),
      ...(stuck === undefined ? {} : { stuck: stuck.tasks.filter((task) => task.stuck) }),
      ...(taskView === undefined ? {} : { taskView }),
    };
  }

  /** A process whose API has no console does not say what may be done. */
  async #config(signal: AbortSignal): Promise<Pick<Picture, "actions"> | undefined> {
    const answer: ConsoleAnswer | undefined = await unlessUnknown(this.#client.console(signal));
    return { actions: answer?.actions };
  }

  #sleep(ms: number): Promise<void> {
    if (this.#isHurried || this.#closing.signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#hurry = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}

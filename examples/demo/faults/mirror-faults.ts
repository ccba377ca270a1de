import { fixed } from "taskscope";
import type { Tracker } from "taskscope";
import type { Breakage, Mirror } from "./mirror.ts";
import { pace } from "./pace.ts";

const DOWNLOADS_AT_ONCE = 4;
/** How many tasks may wait when nothing is broken: the default of the tracker. */
const MAX_QUEUED = 10_000;
const RESTART_AFTER_MS = 200;
const EXPECTED_MS = 500;

async function ask(url: string, signal?: AbortSignal): Promise<void> {
  const response = await fetch(url, { signal: signal ?? null });
  await response.arrayBuffer();
}

/** Faults of a server that is asked: each breaks a path of the mirror, asks for it so many times, and mends it at 0. */
export class MirrorFaults {
  readonly #tasks: Tracker;
  readonly #mirror: Mirror;
  #stopQueueing = (): void => undefined;
  #stopRefusing = (): void => undefined;

  constructor(tasks: Tracker, mirror: Mirror) {
    this.#tasks = tasks;
    this.#mirror = mirror;
    tasks.configure({ types: { download: { maxRunning: DOWNLOADS_AT_ONCE } } });
  }

  async stuck(requests: number): Promise<void> {
    const spec = {
      name: "ask-mirror",
      type: "mirror",
      expectedMs: EXPECTED_MS,
      onShutdown: "cancel",
    } as const;
    await this.#breakPath("/stuck", "hang", requests, (url) =>
      this.#tasks.spawn(spec, ({ signal }) => ask(url, signal)),
    );
  }

  /** The timeout ends the task, and the body, which was not told of the signal, goes on. */
  async hung(requests: number): Promise<void> {
    const spec = {
      name: "ask-mirror-deaf",
      type: "mirror",
      timeoutMs: EXPECTED_MS,
      cancelGraceMs: EXPECTED_MS,
    };
    await this.#breakPath("/hung", "hang", requests, (url) => this.#tasks.spawn(spec, () => ask(url)));
  }

  async full(downloads: number): Promise<void> {
    await this.#breakPath("/full", "hang", downloads, (url) => this.#download(url));
  }

  /** They start when the path is mended, four at once. */
  async queued(perSecond: number): Promise<void> {
    this.#stopQueueing();
    this.#stopQueueing = await this.#flood("/queued", perSecond);
  }

  /** Nobody may wait in the whole tracker meanwhile. */
  async refused(perSecond: number): Promise<void> {
    this.#stopRefusing();
    this.#tasks.configure({ limits: { maxQueued: perSecond === 0 ? MAX_QUEUED : 0 } });
    this.#stopRefusing = await this.#flood("/refused", perSecond);
  }

  async restarts(feeds: number): Promise<void> {
    const backoff = fixed({ delayMs: RESTART_AFTER_MS, jitter: "none" });
    const spec = {
      name: "follow-feed",
      type: "feed",
      restart: { maxRestarts: Infinity, backoff },
      onShutdown: "cancel",
    } as const;
    await this.#breakPath("/feed", "drop", feeds, (url) =>
      this.#tasks.spawn(spec, ({ signal }) => ask(url, signal)),
    );
  }

  /** All slots taken by downloads that never end, and then so many more a second. Gives a function that asks for no more. */
  async #flood(path: string, perSecond: number): Promise<() => void> {
    const first = perSecond === 0 ? 0 : DOWNLOADS_AT_ONCE;
    await this.#breakPath(path, "hang", first, (url) => this.#download(url));
    if (perSecond === 0) return () => undefined;
    const url = await this.#mirror.url(path);
    return pace(perSecond, () => this.#download(url));
  }

  #download(url: string): void {
    const spec = { name: "download-package", type: "download", onShutdown: "cancel" } as const;
    this.#tasks.trySpawn(spec, ({ signal }) => ask(url, signal));
  }

  async #breakPath(
    path: string,
    how: Breakage,
    times: number,
    start: (url: string) => unknown,
  ): Promise<void> {
    this.#mirror.mend(path);
    if (times === 0) return;
    const url = await this.#mirror.url(path);
    this.#mirror.break(path, how);
    for (let started = 0; started < times; started += 1) start(url);
  }
}

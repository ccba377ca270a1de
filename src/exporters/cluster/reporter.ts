import { threadId } from "node:worker_threads";
import type { ClockTimer } from "../../internal/index.ts";
import type { PluginContext } from "../../plugin/index.ts";
import { callAtExit } from "./at-exit.ts";
import type { FindCollectors } from "./line.ts";
import type { MemberHeader, RefusalReason, Unfinished } from "./protocol.ts";
import { Session } from "./session.ts";

/** How long leaving waits for the collectors' answers, in milliseconds. */
const LEAVE_MS = 1_000;

/** Reports one tracker to every collector that it finds. */
export class Reporter {
  readonly #context: PluginContext;
  readonly #find: FindCollectors;
  readonly #header: MemberHeader;
  readonly #sessions = new Map<string, Session>();
  /** Collectors that will not have this member, for good. */
  readonly #refusedBy = new Set<string>();
  #timer: ClockTimer | undefined;
  #stopWatchingExit: (() => void) | undefined;

  constructor(context: PluginContext, find: FindCollectors, intervalMs: number) {
    this.#context = context;
    this.#find = find;
    const { trackerId, version, prefix } = context;
    this.#header = { member: trackerId, version, prefix, pid: process.pid, threadId, intervalMs };
  }

  /** Joins at once, and goes on at each interval. */
  start(): void {
    this.#stopWatchingExit = callAtExit((isFinal) => this.#atExit(isFinal));
    this.#tick();
  }

  /** Reports what stands now. Gives whether every collector that can be reached has got it, and there is one. */
  async flush(boundMs: number, goodbye?: Unfinished): Promise<boolean> {
    let timer: ClockTimer | undefined;
    const bound = new Promise<boolean>((resolve) => {
      timer = this.#context.clock.setTimer(() => resolve(false), boundMs, true);
    });
    // A collector may have gone without this having been noticed yet; then another one may be there.
    const taken = this.#flushAll(goodbye).then((isTaken) => isTaken || this.#flushAll(goodbye));
    const isTaken = await Promise.race([taken, bound]);
    timer?.cancel();
    return isTaken;
  }

  /** Says goodbye: the tracker is shut down, so what it has not ended was asked to stop. */
  async leave(): Promise<void> {
    this.#timer?.cancel();
    this.#stopWatchingExit?.();
    await this.flush(LEAVE_MS, "cancelled");
    for (const session of this.#sessions.values()) session.close();
    this.#sessions.clear();
  }

  async #flushAll(goodbye: Unfinished | undefined): Promise<boolean> {
    this.#seek();
    const taken = await Promise.all(Array.from(this.#sessions.values(), (session) => session.flush(goodbye)));
    return taken.length > 0 && taken.every(Boolean);
  }

  #tick(): void {
    this.#seek();
    for (const session of this.#sessions.values()) session.report();
    this.#timer = this.#context.clock.setTimer(() => this.#tick(), this.#header.intervalMs, false);
  }

  #seek(): void {
    for (const terminus of this.#find()) {
      const { key } = terminus;
      if (this.#sessions.has(key) || this.#refusedBy.has(key)) continue;
      const session = new Session(this.#header, () => this.#context.stats(), terminus, {
        onRefused: (reason) => this.#refused(key, reason),
        onClosed: () => {
          if (this.#sessions.get(key) === session) this.#sessions.delete(key);
        },
      });
      this.#sessions.set(key, session);
    }
  }

  #refused(key: string, reason: RefusalReason): void {
    this.#sessions.delete(key);
    this.#refusedBy.add(key);
    this.#context.diag.warn(`A collector refuses the reports of this tracker: ${reason}`);
  }

  #atExit(isFinal: boolean): void {
    for (const session of this.#sessions.values()) {
      if (isFinal) session.reportAtExit();
      else session.reportNews();
    }
  }
}

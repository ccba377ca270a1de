import { InvalidOptionError } from "../errors/index.ts";
import type { ClockTimer } from "../internal/index.ts";
import { readGroup, safeDelayMs } from "../policy/index.ts";
import type { GroupOptions, ResolvedGroup } from "../policy/index.ts";
import type { Outcome, TaskHandle } from "../task/index.ts";
import { TaskMember } from "./group-member.ts";
import type { GroupMember } from "./group-member.ts";
import type { Machine } from "./machine.ts";
import type { TaskBody, TaskSpec } from "./task-context.ts";

/** What a group says of itself: `"failed"` once its members needed more restarts than it allows. */
export type GroupState = "running" | "failed" | "cancelled";

/** A member, and how to make one like it when the group comes back. */
interface Place {
  member: GroupMember;
  readonly again: () => GroupMember;
}

/** The group above, as a nested group sees it. */
interface GroupAbove {
  readonly name: string;
  /** A member wants to come back. Gives whether it may. */
  memberFails(member: GroupMember): boolean;
  /** Something about a member has changed. */
  changed(): void;
}

/**
 * Tasks that are supervised together. A member's own `restart` says whether it comes back (by default it does not: the
 * group then only collects its outcome); the strategy says who is restarted with it; more restarts than `maxRestarts`
 * within `withinMs` fail the group: what is left of it is cancelled, and the group above is told, for which
 * this one is a member like any other. Members are roots: they belong to the group, not to the task that added them.
 *
 * Members are stopped in the reverse order of their adding, each after the one before has settled or its grace is over,
 * and come back in the order of their adding.
 */
export class TaskGroup implements GroupMember, AsyncDisposable {
  readonly #machine: Machine;
  readonly #options: ResolvedGroup;
  readonly #above: GroupAbove | undefined;
  #places: Place[] = [];
  #state: GroupState = "running";
  #isComingBack = false;
  #restartsMs: number[] = [];
  #ownRestarts = 0;
  #startedMs: number;
  #backoff: { readonly timer: ClockTimer; readonly finish: () => void } | undefined;
  /** Restarts are done one after the other. */
  #work: Promise<void> = Promise.resolve();
  #pendingWork = 0;
  #waiters: (() => void)[] = [];

  constructor(machine: Machine, options: unknown, above?: GroupAbove) {
    this.#machine = machine;
    this.#options = readGroup(options);
    this.#above = above;
    this.#startedMs = machine.clock.now();
    machine.groupFailures.count(this.name, 0);
  }

  get name(): string {
    return this.#options.name;
  }

  get state(): GroupState {
    return this.#state;
  }

  get isLive(): boolean {
    return this.#isComingBack || this.#pendingWork > 0 || this.#members.some((member) => member.isLive);
  }

  get comesBack(): boolean {
    return this.#options.restart !== undefined;
  }

  /** Adds a task and starts it as `spawn` does. Throws if it is refused, or if the group has ended. */
  add<T>(spec: TaskSpec, body: TaskBody<T>): TaskHandle<T> {
    const again = (): TaskMember => this.#spawnMember(spec, body);
    return this.#add(again(), again).handle as TaskHandle<T>;
  }

  /** Adds a group within this one. Throws if this one has ended. */
  supervise(options: GroupOptions): TaskGroup {
    const group = new TaskGroup(this.#machine, options, {
      name: this.name,
      memberFails: (member) => this.#memberFails(member),
      changed: () => this.#changed(),
    });
    return this.#add(group, () => {
      group.goOn();
      return group;
    });
  }

  /** The outcomes of all members, those of nested groups as `group/member`, when all have ended for good. Never rejects. */
  async waitAll(): Promise<[string, Outcome<unknown>][]> {
    while (this.isLive) await this.#nextChange();
    return this.outcomes();
  }

  async outcomes(): Promise<[string, Outcome<unknown>][]> {
    const all = await Promise.all(
      this.#members.map(async (member) => {
        const outcomes = await member.outcomes();
        return member instanceof TaskGroup
          ? outcomes.map(([name, outcome]): [string, Outcome<unknown>] => [`${member.name}/${name}`, outcome])
          : outcomes;
      }),
    );
    return all.flat();
  }

  /** Ends the group: members are cancelled in reverse order. Settles when none goes on, or their graces are over. */
  async cancel(): Promise<void> {
    if (this.#state === "running") this.#state = "cancelled";
    this.#isComingBack = false;
    this.#backoff?.finish();
    await this.#counted(() => this.#stopAll());
  }

  stop(): Promise<void> {
    return this.cancel();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.cancel();
  }

  async hold(): Promise<void> {
    this.#isComingBack = true;
    await this.#counted(() => this.#stopAll());
    const { restart } = this.#options;
    if (this.#state !== "failed" || restart === undefined) return;
    const delayMs = safeDelayMs(restart.backoff, this.#ownRestarts);
    await new Promise<void>((resolve) => {
      const finish = (): void => {
        this.#backoff?.timer.cancel();
        this.#backoff = undefined;
        resolve();
      };
      this.#backoff = { timer: this.#machine.clock.setTimer(finish, delayMs, true), finish };
    });
  }

  goOn(): void {
    if (this.#state === "cancelled") return;
    this.#state = "running";
    this.#isComingBack = false;
    this.#restartsMs = [];
    this.#startedMs = this.#machine.clock.now();
    try {
      for (const place of this.#places) place.member = place.again();
    } catch (error) {
      // A member was refused: the group cannot come back whole.
      this.#state = "failed";
      this.#machine.diag.warn(`Group ${JSON.stringify(this.name)} could not come back`, error);
      void this.#counted(() => this.#stopAll());
    }
    this.#changed();
  }

  get #members(): readonly GroupMember[] {
    return this.#places.map(({ member }) => member);
  }

  #add<M extends GroupMember>(member: M, again: () => GroupMember): M {
    this.#places.push({ member, again });
    return member;
  }

  #spawnMember(spec: TaskSpec, body: TaskBody<unknown>): TaskMember {
    if (this.#state !== "running") {
      throw new InvalidOptionError(
        `group ${JSON.stringify(this.name)}`,
        this.#state,
        "members only while it runs",
      );
    }
    let member: TaskMember | undefined;
    const { handle, task } = this.#machine.spawnSupervised(spec, body, {
      mayRestart: () => member !== undefined && this.#memberFails(member),
      memberEnded: () => this.#changed(),
    });
    member = new TaskMember(handle.name, handle, task);
    return member;
  }

  /** A member wants to come back. Gives whether it may; takes down those that the strategy restarts with it. */
  #memberFails(member: GroupMember): boolean {
    if (this.#state !== "running" || this.#machine.isClosing) return false;
    const nowMs = this.#machine.clock.now();
    this.#restartsMs = this.#restartsMs.filter((atMs) => nowMs - atMs < this.#options.withinMs);
    if (this.#restartsMs.length >= this.#options.maxRestarts) {
      this.#fail(member);
      return false;
    }
    this.#restartsMs.push(nowMs);
    const others = this.#restartedWith(member);
    if (member instanceof TaskGroup || others.length > 0)
      this.#do(() => this.#restartTogether(member, others));
    return true;
  }

  #restartedWith(member: GroupMember): readonly GroupMember[] {
    switch (this.#options.strategy) {
      case "one-for-one":
        return [];
      case "one-for-all":
        return this.#members.filter((other) => other !== member && other.isLive);
      case "rest-for-one":
        return this.#members.slice(this.#members.indexOf(member) + 1).filter((other) => other.isLive);
    }
  }

  /** Takes the others down in reverse order, then brings all back in order, the failed one among them. */
  async #restartTogether(failed: GroupMember, others: readonly GroupMember[]): Promise<void> {
    const failedIsDown = failed.hold();
    for (const other of others.toReversed()) await (other.comesBack ? other.hold() : other.stop());
    await failedIsDown;
    if (this.#state !== "running") return;
    for (const member of this.#members) {
      if (member === failed || (others.includes(member) && member.comesBack)) member.goOn();
    }
  }

  /** Too many restarts: cancels what is left, and asks the group above whether to come back. */
  #fail(member: GroupMember): void {
    const { name, maxRestarts, withinMs, restart } = this.#options;
    this.#state = "failed";
    this.#machine.groupFailures.count(name, 1);
    this.#announceFailure(member);
    this.#machine.diag.warn(
      `Group ${JSON.stringify(name)} failed: more than ${maxRestarts} restarts within ${withinMs} ms`,
    );
    void this.#counted(async () => {
      // The member whose failure was one too many is about to end with its own error: it is not to be cancelled first.
      await Promise.resolve();
      await this.#stopAll();
      if (restart === undefined || this.#above === undefined || this.#state !== "failed") return;
      if (this.#machine.clock.now() - this.#startedMs >= restart.resetAfterMs) this.#ownRestarts = 0;
      if (this.#ownRestarts >= restart.maxRestarts) return;
      this.#ownRestarts += 1;
      this.#isComingBack = this.#above.memberFails(this);
    });
  }

  #announceFailure(member: GroupMember): void {
    const { events, host } = this.#machine;
    const { name: group, maxRestarts, withinMs } = this.#options;
    const record = member instanceof TaskMember ? member.record : undefined;
    const about = record ?? { id: 0, name: member.name, type: "", attempt: 0 };
    const above = this.#above?.name;
    if (events.isListening) events.publish("group-failed", about, { group, maxRestarts, withinMs, above });
    if (record !== undefined)
      host.event(record, { name: "task.group_failed", attributes: { "task.group": group } });
  }

  async #stopAll(): Promise<void> {
    for (const member of this.#members.toReversed()) if (member.isLive) await member.stop();
  }

  /** Does work after the work before it. */
  #do(work: () => Promise<void>): void {
    const before = this.#work;
    this.#work = this.#counted(async () => {
      await before;
      await work();
    });
  }

  /** Does work; the group counts as live meanwhile. */
  async #counted(work: () => Promise<void>): Promise<void> {
    this.#pendingWork += 1;
    try {
      await work();
    } finally {
      this.#pendingWork -= 1;
      this.#changed();
    }
  }

  #nextChange(): Promise<void> {
    return new Promise((resolve) => void this.#waiters.push(resolve));
  }

  #changed(): void {
    for (const resolve of this.#waiters.splice(0)) resolve();
    this.#above?.changed();
  }
}

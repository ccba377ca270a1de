import { randomUUID } from "node:crypto";
import type { PluginContext } from "../../plugin/index.ts";
import { addHistograms, mergeSnapshots } from "../../plugin/index.ts";
import type { MetricReading, StatsSnapshot } from "../../stats/index.ts";
import { BoundedNames } from "./bounded-names.ts";
import type { MemberChange, OnMember } from "./member-change.ts";
import type { Unfinished } from "./protocol.ts";
import type { ReportPart } from "./read-report.ts";
import { RefusedReport } from "./refused-report.ts";
import { RemoteMember } from "./remote-member.ts";
import { retire } from "./retire.ts";

/** How many members there may be at once. */
const MAX_MEMBERS = 1_000;

/** How many ids of members that have gone are known, so that none of them is counted again. */
const MAX_GONE = 1_000;

const nothing: StatsSnapshot = mergeSnapshots([]);

/**
 * The members of one metric prefix, those that are gone in one sum. Belongs to the tracker that took it first; with several
 * collectors in a process, the numbers stand in one of them only.
 */
export class MemberPool {
  readonly #joined = new Map<PluginContext, OnMember | undefined>();
  readonly #names = new BoundedNames();
  readonly #members = new Map<string, RemoteMember>();
  readonly #gone = new Set<string>();
  readonly #ended: Record<"closed" | "died", number> = { closed: 0, died: 0 };
  /** The name of the event loops that are gone, together: a tracker that passes its sum on passes on loops of this kind too. */
  readonly #goneLoops = `gone.${randomUUID()}`;
  #retired = nothing;

  /** Adds a tracker that collects; the first one has the numbers, and the next one when that leaves. */
  join(context: PluginContext, onMember: OnMember | undefined): void {
    this.#joined.set(context, onMember);
  }

  leave(context: PluginContext): void {
    this.#joined.delete(context);
  }

  get isEmpty(): boolean {
    return this.#joined.size === 0;
  }

  /** The numbers of all members as the given tracker must add them: nothing, unless they are its to add. */
  snapshotsFor(context: PluginContext): StatsSnapshot[] {
    if (!this.#isHolder(context)) return [];
    return [this.#retired, ...Array.from(this.#members.values(), (member) => member.snapshot())];
  }

  /** What there is to say of the members themselves. */
  readingsFor(context: PluginContext): MetricReading[] {
    if (!this.#isHolder(context)) return [];
    const nowMs = context.clock.now();
    const members = [...this.#members.values()];
    const stale = members.filter((member) => member.isStale(nowMs)).length;
    return [
      { metric: "clusterMembers", labels: { state: "reporting" }, value: members.length - stale },
      { metric: "clusterMembers", labels: { state: "stale" }, value: stale },
      { metric: "clusterMembersEnded", labels: { how: "closed" }, value: this.#ended.closed },
      { metric: "clusterMembersEnded", labels: { how: "died" }, value: this.#ended.died },
    ];
  }

  /** Takes a part of a report. Gives whether the member is known now. Throws a {@link RefusedReport}. */
  take(part: ReportPart): boolean {
    const { member: id } = part.header;
    const nowMs = this.#holder?.clock.now() ?? 0;
    const known = this.#members.get(id);
    if (known !== undefined) {
      this.#takeFrom(known, part, nowMs);
      return this.#members.has(id);
    }
    if (this.#gone.has(id)) throw new RefusedReport("rejoined", "a member that had left");
    // Whoever comes in the middle of a report is understood from its next full one on.
    if (!part.isFull || part.part > 0) return false;
    if (this.#members.size >= MAX_MEMBERS) throw new RefusedReport("members", "too many members");
    const member = new RemoteMember(part.header, this.#names, nowMs);
    member.take(part, nowMs);
    this.#members.set(id, member);
    this.#tell(member, "joined");
    if (part.isLast && part.goodbye !== undefined) this.end(id, "closed", part.goodbye);
    return this.#members.has(id);
  }

  /** Counts a member as gone. Harmless when it is not here. */
  end(id: string, how: "closed" | "died", unfinished: Unfinished): void {
    const member = this.#members.get(id);
    if (member === undefined) return;
    this.#members.delete(id);
    this.#retire(member, unfinished);
    this.#ended[how] += 1;
    this.#remember(id);
    this.#tell(member, how);
  }

  #retire(member: RemoteMember, unfinished: Unfinished): void {
    const sum = mergeSnapshots([this.#retired, retire(member.snapshot(), unfinished)]);
    const loops = [sum.eventLoop, ...sum.otherLoops];
    const living = new Set(Array.from(this.#members.values(), (each) => each.loopIds).flat());
    // A loop that another member still has counts there, but for what only this one had told of it. The others need no
    // names any more.
    const delays = loops.filter(({ id }) => !living.has(id)).map(({ delay }) => delay);
    this.#retired = {
      ...sum,
      eventLoop: { id: this.#goneLoops, delay: delays.reduce(addHistograms, nothing.eventLoop.delay) },
      otherLoops: loops.filter(({ id }) => living.has(id)),
    };
  }

  #takeFrom(member: RemoteMember, part: ReportPart, nowMs: number): void {
    const { member: id } = part.header;
    try {
      member.take(part, nowMs);
    } catch (error) {
      this.end(id, "died", "lost");
      throw error;
    }
    if (part.isLast && part.goodbye !== undefined) this.end(id, "closed", part.goodbye);
  }

  get #holder(): PluginContext | undefined {
    return this.#joined.keys().next().value;
  }

  #isHolder(context: PluginContext): boolean {
    return this.#holder === context;
  }

  #remember(id: string): void {
    this.#gone.add(id);
    if (this.#gone.size <= MAX_GONE) return;
    for (const oldest of this.#gone) {
      this.#gone.delete(oldest);
      break;
    }
  }

  #tell(member: RemoteMember, change: MemberChange["change"]): void {
    const { member: id, version, pid, threadId } = member.header;
    for (const [{ diag }, onMember] of this.#joined) {
      try {
        onMember?.({ change, id, version, pid, threadId });
      } catch (error) {
        diag.warn("onMember of clusterCollector() threw", error);
      }
    }
  }
}

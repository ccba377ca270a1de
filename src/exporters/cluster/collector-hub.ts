import type { PluginContext } from "../../plugin/index.ts";
import type { MetricReading } from "../../stats/index.ts";
import type { OnMember } from "./member-change.ts";
import { MemberPool } from "./member-pool.ts";
import { ENVELOPE, refusalReasons } from "./protocol.ts";
import type { RefusalReason, ReplyMessage } from "./protocol.ts";
import { readReport } from "./read-report.ts";
import { RefusedReport } from "./refused-report.ts";

/** How often refused reports are spoken of, in milliseconds. */
const SPEAK_EVERY_MS = 60_000;

/** One channel over which members report: a port, a child process, a socket. */
export interface Channel {
  /** The members that reported over it: prefix and id. */
  readonly members: Map<string, string>;
}

/** Where all channels of a process lead, whichever collectors there are: so that nothing is counted twice. */
export class CollectorHub {
  readonly #pools = new Map<string, MemberPool>();
  readonly #contexts = new Map<PluginContext, MemberPool>();
  /** Over which channel each member reported last: it ends with that one. */
  readonly #channels = new Map<string, Channel>();
  readonly #refused = new Map<RefusalReason, number>(refusalReasons.map((reason) => [reason, 0]));
  #spokeAtMs = Number.NEGATIVE_INFINITY;

  /** Whether no tracker collects. */
  get isIdle(): boolean {
    return this.#contexts.size === 0;
  }

  /** Lets a tracker collect the members that have its prefix. */
  join(context: PluginContext, onMember: OnMember | undefined): void {
    const pool = this.#pools.get(context.prefix) ?? new MemberPool();
    this.#pools.set(context.prefix, pool);
    pool.join(context, onMember);
    this.#contexts.set(context, pool);
    context.contributeStats(() => pool.snapshotsFor(context));
    context.contributeMetrics(() => {
      const readings = pool.readingsFor(context);
      return readings.length === 0 ? [] : [...readings, ...this.#refusals()];
    });
  }

  /** With the last tracker of a prefix, what its members reported goes too; with the last of all, what was refused. */
  leave(context: PluginContext): void {
    const pool = this.#contexts.get(context);
    this.#contexts.delete(context);
    pool?.leave(context);
    if (pool?.isEmpty === true) this.#pools.delete(context.prefix);
    if (this.isIdle) for (const reason of refusalReasons) this.#refused.set(reason, 0);
  }

  /**
   * Takes what came over a channel. Gives the answer: `undefined` before the end of a report. Never throws, whatever the
   * message is.
   */
  take(message: unknown, channel: Channel): ReplyMessage | undefined {
    let report = 0;
    try {
      const part = readReport(message);
      ({ report } = part);
      const { prefix, member } = part.header;
      const pool = this.#pools.get(prefix);
      if (pool === undefined) throw new RefusedReport("prefix", `nobody collects "${prefix}"`);
      if (pool.take(part)) {
        channel.members.set(member, prefix);
        this.#channels.set(member, channel);
      } else this.#forget(member, channel);
      return part.isLast ? { [ENVELOPE]: "reply", report } : undefined;
    } catch (error) {
      const reason = error instanceof RefusedReport ? error.reason : "malformed";
      return this.refuse(reason, error, report);
    }
  }

  /** Counts a report that is not taken, and gives the answer to it. */
  refuse(reason: RefusalReason, error: unknown, report: number): ReplyMessage {
    this.#refused.set(reason, (this.#refused.get(reason) ?? 0) + 1);
    const context = this.#contexts.keys().next().value;
    const nowMs = context?.clock.now() ?? 0;
    if (context !== undefined && nowMs - this.#spokeAtMs >= SPEAK_EVERY_MS) {
      this.#spokeAtMs = nowMs;
      const why = error instanceof Error ? error.message : "no report";
      context.diag.warn(`The report of a member was refused: ${reason} (${why})`);
    }
    return { [ENVELOPE]: "reply", report, refused: reason };
  }

  /** Ends all who reported over a channel that is closed and have not said goodbye. */
  closed(channel: Channel): void {
    for (const [member, prefix] of channel.members) {
      if (this.#channels.get(member) !== channel) continue;
      this.#pools.get(prefix)?.end(member, "died", "lost");
      this.#forget(member, channel);
    }
  }

  #forget(member: string, channel: Channel): void {
    channel.members.delete(member);
    if (this.#channels.get(member) === channel) this.#channels.delete(member);
  }

  #refusals(): MetricReading[] {
    return Array.from(this.#refused, ([reason, value]) => ({
      metric: "clusterReportsRefused",
      labels: { reason },
      value,
    }));
  }
}

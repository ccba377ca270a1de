import type { PluginMetricKey } from "../../metrics/index.ts";
import type { RejectionReason } from "../../errors/index.ts";
import type { OutcomeStatus } from "../../task/index.ts";

/**
 * The version of what is said between members and collectors. It stands for the fields below and for the bounds of the
 * histograms, which are not sent: whoever changes one of them counts it up. A test holds it to them.
 */
export const PROTOCOL = 1;

/** The key by which our messages are told from everybody else's on a shared channel. */
export const ENVELOPE = "taskscope:cluster";

/** Why a report was not taken. A closed list: it is a label. */
export const refusalReasons = [
  "protocol",
  "malformed",
  "too_large",
  "members",
  "prefix",
  "rejoined",
] as const;

/**
 * - `protocol`: the member speaks another version of the protocol.
 * - `malformed`: it is no report, its books do not balance, or a counter went backwards.
 * - `too_large`: the message is longer than 1 MiB, or the member has more series than are taken from one.
 * - `members`: there are too many members.
 * - `prefix`: no tracker here has the member's metric prefix.
 * - `rejoined`: the member had left before; its numbers are counted already.
 */
export type RefusalReason = (typeof refusalReasons)[number];

/** What becomes of tasks that had not ended when their member left: stopped on request, or lost. */
export type Unfinished = "cancelled" | "lost";

/** A histogram without its bounds. */
export interface PlainHistogram {
  readonly sum: number;
  readonly counts: readonly number[];
}

/** A `SeriesSnapshot` that survives JSON. */
export interface PlainSeries {
  readonly type: string;
  readonly name: string;
  readonly spawned: number;
  readonly queued: number;
  readonly running: number;
  readonly completed: number;
  readonly failed: number;
  readonly cancelled: number;
  readonly unresponsive: number;
  readonly restarted: number;
  readonly gaveUp: number;
  readonly lost: number;
  readonly stuck: number;
  readonly errors: readonly (readonly [string, number])[];
  readonly rejected: readonly (readonly [RejectionReason, number])[];
  readonly oldestStartedAtMs?: number;
  readonly spawnLatency?: PlainHistogram;
  readonly durations: Readonly<Partial<Record<OutcomeStatus, PlainHistogram>>>;
}

/** The rest of a `StatsSnapshot`, so that it survives JSON. */
export interface PlainRest {
  readonly trackerTasks: Readonly<Record<"queued" | "running" | "finished", number>>;
  readonly memoryBytes: number;
  readonly cleanups: PlainHistogram;
  /** The tracker's own loop, then those of trackers that it has collected. */
  readonly loops: readonly { readonly id: string; readonly delay: PlainHistogram }[];
  readonly groupFailures: readonly (readonly [string, number])[];
  readonly pluginErrors: readonly (readonly [string, number])[];
  readonly eventsDropped: readonly (readonly [string, number])[];
  readonly limits: readonly (readonly [string, number])[];
  readonly expectedMs: readonly (readonly [string, number])[];
  readonly seriesOverflow: number;
  readonly contributed: readonly {
    readonly metric: PluginMetricKey;
    readonly labels: Readonly<Record<string, string>>;
    readonly value: number;
  }[];
}

/** Who reports. Part of every message, so that a collector that comes late understands the next one. */
export interface MemberHeader {
  /** The id of the tracker: never used by another one. */
  readonly member: string;
  readonly version: string;
  readonly prefix: string;
  readonly pid: number;
  readonly threadId: number;
  /** How often it reports, in milliseconds. */
  readonly intervalMs: number;
}

/**
 * A part of a report. A report says what the numbers are, not by how much they grew: series that have not changed since
 * the last one are left out, unless it is full. Its parts count together, from the last one on.
 */
export interface ReportMessage extends MemberHeader {
  readonly [ENVELOPE]: "report";
  readonly protocol: number;
  readonly report: number;
  readonly part: number;
  readonly isLast: boolean;
  readonly isFull: boolean;
  /** Set where it is the member's last report. */
  readonly goodbye?: Unfinished;
  readonly series: readonly PlainSeries[];
  /** Left out where it has not changed. */
  readonly rest?: PlainRest;
}

/** The collector's answer to a whole report, on channels that go both ways. */
export interface ReplyMessage {
  readonly [ENVELOPE]: "reply";
  readonly report: number;
  /** Set where the member is not taken, and need not try again. */
  readonly refused?: RefusalReason;
}

/** Whether a message on a shared channel is for a collector. */
export function isReportMessage(message: unknown): boolean {
  return isObject(message) && message[ENVELOPE] === "report";
}

/** Reads a collector's answer; `undefined` where it is none. */
export function readReply(message: unknown): ReplyMessage | undefined {
  if (!isObject(message) || message[ENVELOPE] !== "reply") return undefined;
  const { report } = message;
  if (typeof report !== "number") return undefined;
  const refused = refusalReasons.find((reason) => reason === message["refused"]);
  return { [ENVELOPE]: "reply", report, ...(refused === undefined ? {} : { refused }) };
}

/** An object whose properties may be looked at, if it is one. */
export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}

import { mergeSnapshots } from "../../plugin/index.ts";
import type { SeriesSnapshot, StatsSnapshot } from "../../stats/index.ts";
import type { BoundedNames } from "./bounded-names.ts";
import { malformed } from "./field-check.ts";
import type { MemberHeader } from "./protocol.ts";
import type { ReportPart, RestOfStats } from "./read-report.ts";
import { RefusedReport } from "./refused-report.ts";

/** How many series are taken from one member. */
const MAX_MEMBER_SERIES = 10_000;

/** A member is stale when it has been silent for as many of its intervals. */
const STALE_AFTER_INTERVALS = 3;

/** The least interval that counts for that, in milliseconds: a busy event loop is late by as much. */
const MIN_INTERVAL_MS = 1_000;

interface RemoteSeries {
  readonly reported: SeriesSnapshot;
  readonly placed: SeriesSnapshot;
}

const nothing: RestOfStats = mergeSnapshots([]);

/** What one member has reported last. */
export class RemoteMember {
  readonly header: MemberHeader;
  readonly #names: BoundedNames;
  readonly #series = new Map<string, RemoteSeries>();
  #rest = nothing;
  #staged: SeriesSnapshot[] = [];
  #nextPart = 0;
  #reportedAtMs: number;

  constructor(header: MemberHeader, names: BoundedNames, nowMs: number) {
    this.header = header;
    this.#names = names;
    this.#reportedAtMs = nowMs;
  }

  /**
   * Takes a part of a report. Its parts wait for the last one and count together, so that the numbers are always of one
   * instant. Throws a {@link RefusedReport} when a counter would go backwards, and has then changed nothing.
   */
  take(part: ReportPart, nowMs: number): void {
    if (part.part === 0) this.#staged = [];
    else if (part.part !== this.#nextPart) throw malformed("a part is missing");
    this.#nextPart = part.part + 1;
    this.#staged.push(...part.series);
    if (this.#staged.length > MAX_MEMBER_SERIES) throw new RefusedReport("too_large", "too many series");
    if (!part.isLast) return;
    const staged = new Map(this.#staged.map((series) => [keyOf(series), series]));
    this.#staged = [];
    this.#check(staged, part);
    for (const [key, reported] of staged)
      this.#series.set(key, { reported, placed: this.#names.place(reported) });
    if (part.rest !== undefined) this.#rest = this.#bounded(part.rest);
    this.#reportedAtMs = nowMs;
  }

  /** Whether it has been silent for longer than it said it would. Its last numbers still count. */
  isStale(nowMs: number): boolean {
    const intervalMs = Math.max(this.header.intervalMs, MIN_INTERVAL_MS);
    return nowMs - this.#reportedAtMs > STALE_AFTER_INTERVALS * intervalMs;
  }

  /** Which event loops it has reported of. */
  get loopIds(): string[] {
    return [this.#rest.eventLoop.id, ...this.#rest.otherLoops.map(({ id }) => id)];
  }

  /** Its numbers as they stand in the sum. */
  snapshot(): StatsSnapshot {
    let overflow = 0;
    const series = Array.from(this.#series.values(), ({ reported, placed }) => {
      if (placed.name !== reported.name) overflow += placed.spawned;
      return placed;
    });
    return { ...this.#rest, series, seriesOverflow: this.#rest.seriesOverflow + overflow };
  }

  #check(staged: ReadonlyMap<string, SeriesSnapshot>, { isFull, rest }: ReportPart): void {
    if (new Set([...this.#series.keys(), ...staged.keys()]).size > MAX_MEMBER_SERIES) {
      throw new RefusedReport("too_large", "too many series");
    }
    for (const [key, { reported }] of this.#series) {
      const next = staged.get(key);
      if (next === undefined ? isFull : !isContinuation(reported, next))
        throw malformed("a counter went backwards");
    }
    if (rest === undefined) return;
    const { pluginErrors, eventsDropped, groupFailures, cleanups, seriesOverflow } = this.#rest;
    const goesOn =
      growsFrom(pluginErrors, rest.pluginErrors) &&
      growsFrom(eventsDropped, rest.eventsDropped) &&
      growsFrom(groupFailures, rest.groupFailures) &&
      growsFromHistogram(cleanups, rest.cleanups) &&
      seriesOverflow <= rest.seriesOverflow;
    if (!goesOn) throw malformed("a counter went backwards");
  }

  #bounded(rest: RestOfStats): RestOfStats {
    const bounded = (what: string, counts: ReadonlyMap<string, number>): ReadonlyMap<string, number> =>
      new Map([...counts].filter(([label]) => this.#names.admits(`${what} ${label}`)));
    return {
      ...rest,
      pluginErrors: bounded("plugin", rest.pluginErrors),
      eventsDropped: bounded("subscriber", rest.eventsDropped),
      groupFailures: bounded("group", rest.groupFailures),
      limits: bounded("type", rest.limits),
      expectedMs: bounded("type", rest.expectedMs),
      contributed: rest.contributed.filter(({ metric, labels }) =>
        this.#names.admits(JSON.stringify([metric, ...Object.values(labels)])),
      ),
    };
  }
}

function keyOf({ type, name }: SeriesSnapshot): string {
  return JSON.stringify([type, name]);
}

function isContinuation(last: SeriesSnapshot, next: SeriesSnapshot): boolean {
  return (
    (["spawned", "completed", "failed", "cancelled", "restarted", "gaveUp", "lost"] as const).every(
      (key) => last[key] <= next[key],
    ) &&
    growsFrom(last.errors, next.errors) &&
    growsFrom(last.rejected, next.rejected) &&
    growsFromHistogram(last.spawnLatency, next.spawnLatency) &&
    (["completed", "failed", "cancelled"] as const).every((outcome) =>
      growsFromHistogram(last.durations[outcome], next.durations[outcome]),
    )
  );
}

function growsFrom<K>(last: ReadonlyMap<K, number>, next: ReadonlyMap<K, number>): boolean {
  for (const [key, count] of last) if ((next.get(key) ?? -1) < count) return false;
  return true;
}

function growsFromHistogram(
  last: SeriesSnapshot["spawnLatency"],
  next: SeriesSnapshot["spawnLatency"],
): boolean {
  if (last === undefined) return true;
  if (next === undefined || next.sum < last.sum) return false;
  return last.counts.every((count, bucket) => count <= (next.counts[bucket] ?? -1));
}

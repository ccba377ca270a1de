import { signal } from "@preact/signals";
import { histogramQuantile } from "../../src/plugin/histogram-quantile.ts";
import { ask } from "./api-client.ts";
import type { Alerts, Buckets, Series, Stats } from "./api-types.ts";
import { link, listen, paused } from "./session.ts";

/** One look at the numbers, and what happened since a while before it: `undefined` at the first look. */
export interface Sample {
  readonly atMs: number;
  readonly stats: Stats;
  readonly spawnedPerSecond: number | undefined;
  readonly completedPerSecond: number | undefined;
  readonly failedPerSecond: number | undefined;
  readonly cancelledPerSecond: number | undefined;
  /** How many would run if all took as long as those that ended: rate times duration (Little's law). */
  readonly explained: number | undefined;
  readonly p50Seconds: number | undefined;
  readonly p95Seconds: number | undefined;
  readonly p99Seconds: number | undefined;
  readonly loopP99Seconds: number | undefined;
}

/** A series whose running tasks only ever become more. */
export interface GrowingSeries {
  readonly series: Series;
  readonly grownBy: number;
  readonly overMs: number;
}

/** What a series did of late. */
export interface SeriesRow extends Series {
  readonly perSecond: number;
  readonly failedPerSecond: number;
}

const EVERY_MS = 1_000;
/** A process that starts so many tasks a second has better things to do than to answer: it is asked half as often. */
const BUSY_PER_SECOND = 10_000;
const BUSY_EVERY = 2;
/** Rates are taken over at least so long, so that they can be read. */
const RATE_OVER_MS = 5_000;
/** Percentiles, and what explains the running tasks, want more of them. */
const SPREAD_OVER_MS = 15_000;
const KEPT_MS = 300_000;
/** In looks: these are longer to answer, and change what is shown less. */
const SERIES_EVERY = 3;
const ALERTS_EVERY = 5;
const GROWTH_OVER_MS = 30_000;
const GROWTH_LEAST = 10;

export const samples = signal<readonly Sample[]>([]);
export const seriesRows = signal<readonly SeriesRow[] | undefined>(undefined);
export const growing = signal<readonly GrowingSeries[]>([]);
export const alerts = signal<Alerts | undefined>(undefined);

interface SeriesLook {
  readonly atMs: number;
  readonly byKey: ReadonlyMap<string, Series>;
}

let seriesLooks: SeriesLook[] = [];
let ticks = 0;
let beats = 0;
let isAsking = false;

/** How much later the server's clock is than ours. */
let aheadMs = 0;

/** The server's time now. */
export function serverNow(): number {
  return Date.now() + aheadMs;
}

/** Looks at the numbers every second or two, for as long as the page lives. */
export function watchNumbers(): void {
  listen({ onStale: () => void look(), onEvents: () => undefined });
  setInterval(() => {
    beats += 1;
    const isBusy = (samples.value.at(-1)?.spawnedPerSecond ?? 0) > BUSY_PER_SECOND;
    if (!isBusy || beats % BUSY_EVERY === 0) void look();
  }, EVERY_MS);
}

async function look(): Promise<void> {
  if (paused.value || isAsking || link.value.state !== "live" || document.hidden) return;
  isAsking = true;
  try {
    const isSeriesDue = ticks % SERIES_EVERY === 0;
    const isAlertsDue = ticks % ALERTS_EVERY === 0;
    ticks += 1;
    const [stats, page, found] = await Promise.all([
      ask<Stats>("stats"),
      isSeriesDue
        ? ask<{ series: readonly Series[] }>("series", { limit: 1_000, sort: "-running" })
        : undefined,
      isAlertsDue ? ask<Alerts>("alerts") : undefined,
    ]);
    if (paused.value) return;
    aheadMs = stats.atMs - Date.now();
    addStats(stats);
    if (page !== undefined) addSeries(stats.atMs, page.series);
    if (found !== undefined) alerts.value = found;
  } catch {
    // The stream of events knows better whether the server is there, and says so.
  } finally {
    isAsking = false;
  }
}

function addStats(stats: Stats): void {
  let before = samples.value;
  const last = before.at(-1);
  // Counters only ever rise: this is another process.
  if (last !== undefined && stats.total.spawned < last.stats.total.spawned) {
    before = [];
    seriesLooks = [];
  }
  const atMs = stats.atMs;
  const recent = ago(before, atMs - RATE_OVER_MS)?.stats;
  const wider = ago(before, atMs - SPREAD_OVER_MS)?.stats;
  const perSecond = (of: (each: Stats) => number): number | undefined => rate(stats, recent, of);
  const durations = since(stats.duration, wider?.duration);
  samples.value = [
    ...before.filter((sample) => sample.atMs > atMs - KEPT_MS),
    {
      atMs,
      stats,
      spawnedPerSecond: perSecond(({ total }) => total.spawned),
      completedPerSecond: perSecond(({ total }) => total.completed),
      failedPerSecond: perSecond(({ total }) => total.failed),
      cancelledPerSecond: perSecond(({ total }) => total.cancelled),
      explained: rate(stats, wider, ({ duration }) => duration.sumSeconds),
      p50Seconds: quantile(durations, 0.5),
      p95Seconds: quantile(durations, 0.95),
      p99Seconds: quantile(durations, 0.99),
      loopP99Seconds: quantile(since(stats.eventLoop.delay, recent?.eventLoop.delay), 0.99),
    },
  ];
}

function addSeries(atMs: number, all: readonly Series[]): void {
  const byKey = new Map(all.map((series) => [keyOf(series), series]));
  const recent = ago(seriesLooks, atMs - RATE_OVER_MS);
  seriesLooks = [...seriesLooks.filter((each) => each.atMs > atMs - KEPT_MS), { atMs, byKey }];
  const seconds = recent === undefined ? 0 : (atMs - recent.atMs) / 1_000;
  seriesRows.value = all.map((series) => {
    const before = recent?.byKey.get(keyOf(series));
    const perSecond = (now: number, then: number | undefined): number =>
      seconds <= 0 ? 0 : Math.max(now - (then ?? 0), 0) / seconds;
    return {
      ...series,
      perSecond: perSecond(series.spawned, before?.spawned),
      failedPerSecond: perSecond(series.failed, before?.failed),
    };
  });
  growing.value = growingAmong(atMs, all);
}

/** Growth that the pace of the work does not explain: at each look as many or more, and far more than at first. */
function growingAmong(atMs: number, all: readonly Series[]): GrowingSeries[] {
  const looks = seriesLooks.filter((each) => each.atMs >= atMs - GROWTH_OVER_MS * 2);
  const overMs = atMs - (looks[0]?.atMs ?? atMs);
  if (overMs < GROWTH_OVER_MS / 3) return [];
  return all.flatMap((series) => {
    const counts = looks.map(({ byKey }) => byKey.get(keyOf(series))?.running ?? 0);
    const grownBy = (counts.at(-1) ?? 0) - (counts[0] ?? 0);
    const neverFell = counts.every((count, at) => at === 0 || count >= (counts[at - 1] ?? 0));
    return neverFell && grownBy >= GROWTH_LEAST ? [{ series, grownBy, overMs }] : [];
  });
}

function keyOf({ type, name }: Pick<Series, "type" | "name">): string {
  return JSON.stringify([type, name]);
}

/** The last that is as old as `atMs`, or the oldest there is. */
function ago<Each extends { readonly atMs: number }>(all: readonly Each[], atMs: number): Each | undefined {
  return all.findLast((each) => each.atMs <= atMs) ?? all[0];
}

function rate(now: Stats, then: Stats | undefined, of: (stats: Stats) => number): number | undefined {
  if (then === undefined || now.atMs <= then.atMs) return undefined;
  return (Math.max(of(now) - of(then), 0) / (now.atMs - then.atMs)) * 1_000;
}

function since(now: Buckets, then: Buckets | undefined): Buckets {
  if (then === undefined) return now;
  return { ...now, counts: now.counts.map((count, bucket) => count - (then.counts[bucket] ?? 0)) };
}

function quantile({ boundsSeconds, counts }: Buckets, share: number): number | undefined {
  return histogramQuantile({ bounds: boundsSeconds, counts }, share);
}

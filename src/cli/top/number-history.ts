import { histogramQuantile } from "../../plugin/histogram-quantile.ts";
import type { BucketsView, SeriesView, StatsView } from "../../exporters/http/index.ts";

/** One look at the numbers, and what happened since a while before it: `undefined` at the first look. */
export interface Sample {
  readonly atMs: number;
  readonly stats: StatsView;
  readonly spawnedPerSecond: number | undefined;
  readonly completedPerSecond: number | undefined;
  readonly failedPerSecond: number | undefined;
  readonly cancelledPerSecond: number | undefined;
  readonly p50Seconds: number | undefined;
  readonly p95Seconds: number | undefined;
  readonly p99Seconds: number | undefined;
  readonly loopP99Seconds: number | undefined;
}

/** What a series did of late. */
export interface SeriesRow extends SeriesView {
  readonly perSecond: number | undefined;
  /** How many more run than at the first of the looks, where they only ever become more; else `undefined`. */
  readonly grownBy: number | undefined;
  /** Since when. */
  readonly grownOverMs: number;
}

/** Rates are taken over at least so long, so that they can be read. */
const RATE_OVER_MS = 5_000;
/** Percentiles want more of them. */
const SPREAD_OVER_MS = 15_000;
const KEPT_MS = 300_000;
/** The most that is kept, however short the interval. */
const MOST_SAMPLES = 600;
const MOST_LOOKS = 120;
const GROWTH_OVER_MS = 30_000;
const GROWTH_LEAST = 10;
interface SeriesLook {
  readonly atMs: number;
  readonly byKey: ReadonlyMap<string, Pick<SeriesView, "spawned" | "running">>;
}

/**
 * What the numbers were at the last looks, and so how fast they move. By the server's clock; the same numbers, over the same
 * spans, as the console shows. Another process begins a history of its own.
 */
export class NumberHistory {
  #samples: readonly Sample[] = [];
  #looks: readonly SeriesLook[] = [];

  /** The oldest first. */
  get samples(): readonly Sample[] {
    return this.#samples;
  }

  /** Takes the answer of `GET /stats`. */
  addStats(stats: StatsView): void {
    const last = this.#samples.at(-1)?.stats;
    if (last !== undefined && isOther(last, stats)) {
      this.#samples = [];
      this.#looks = [];
    }
    const { atMs } = stats;
    const recent = ago(this.#samples, atMs - RATE_OVER_MS)?.stats;
    const wider = ago(this.#samples, atMs - SPREAD_OVER_MS)?.stats;
    const perSecond = (of: (each: StatsView) => number): number | undefined => rate(stats, recent, of);
    const durations = since(stats.duration, wider?.duration);
    const sample: Sample = {
      atMs,
      stats,
      spawnedPerSecond: perSecond(({ total }) => total.spawned),
      completedPerSecond: perSecond(({ total }) => total.completed),
      failedPerSecond: perSecond(({ total }) => total.failed),
      cancelledPerSecond: perSecond(({ total }) => total.cancelled),
      p50Seconds: quantileOf(durations, 0.5),
      p95Seconds: quantileOf(durations, 0.95),
      p99Seconds: quantileOf(durations, 0.99),
      loopP99Seconds: quantileOf(since(stats.eventLoop.delay, recent?.eventLoop.delay), 0.99),
    };
    this.#samples = latest([...this.#samples, sample], atMs - KEPT_MS, MOST_SAMPLES);
  }

  /** Takes the answer of `GET /series` and gives it with what it did of late. */
  addSeries(atMs: number, all: readonly SeriesView[]): SeriesRow[] {
    const byKey = new Map(
      all.map((series) => [keyOf(series), { spawned: series.spawned, running: series.running }]),
    );
    const recent = ago(this.#looks, atMs - RATE_OVER_MS);
    this.#looks = latest([...this.#looks, { atMs, byKey }], atMs - GROWTH_OVER_MS * 2, MOST_LOOKS);
    const seconds = recent === undefined ? 0 : (atMs - recent.atMs) / 1_000;
    const looks = this.#looks;
    const grownOverMs = atMs - (looks[0]?.atMs ?? atMs);
    return all.map((series) => {
      const before = recent?.byKey.get(keyOf(series))?.spawned ?? 0;
      const perSecond = seconds <= 0 ? undefined : Math.max(series.spawned - before, 0) / seconds;
      const grownBy = grownOverMs < GROWTH_OVER_MS / 3 ? undefined : growthOf(series, looks);
      return { ...series, perSecond, grownBy, grownOverMs };
    });
  }
}

/** Growth that the pace of the work does not explain: at each look as many or more, and far more than at first. */
function growthOf(series: SeriesView, looks: readonly SeriesLook[]): number | undefined {
  const counts = looks.map(({ byKey }) => byKey.get(keyOf(series))?.running ?? 0);
  const grownBy = (counts.at(-1) ?? 0) - (counts[0] ?? 0);
  const neverFell = counts.every((count, at) => at === 0 || count >= (counts[at - 1] ?? 0));
  return neverFell && grownBy >= GROWTH_LEAST ? grownBy : undefined;
}

/** Counters only ever rise: where they fell, another process answers. */
export function isOther(before: StatsView, after: StatsView): boolean {
  return before.process?.pid !== after.process?.pid || after.total.spawned < before.total.spawned;
}

function keyOf({ type, name }: Pick<SeriesView, "type" | "name">): string {
  return JSON.stringify([type, name]);
}

function latest<Each extends { readonly atMs: number }>(
  all: readonly Each[],
  fromMs: number,
  most: number,
): Each[] {
  return all.filter((each) => each.atMs >= fromMs).slice(-most);
}

/** The last that is as old as `atMs`, or the oldest there is. */
function ago<Each extends { readonly atMs: number }>(all: readonly Each[], atMs: number): Each | undefined {
  return all.findLast((each) => each.atMs <= atMs) ?? all[0];
}

function rate(
  now: StatsView,
  then: StatsView | undefined,
  of: (stats: StatsView) => number,
): number | undefined {
  if (then === undefined || now.atMs <= then.atMs) return undefined;
  return (Math.max(of(now) - of(then), 0) / (now.atMs - then.atMs)) * 1_000;
}

function since(
  now: BucketsView,
  then: BucketsView | undefined,
): Pick<BucketsView, "boundsSeconds" | "counts"> {
  if (then === undefined) return now;
  return { ...now, counts: now.counts.map((count, bucket) => count - (then.counts[bucket] ?? 0)) };
}

function quantileOf(
  { boundsSeconds, counts }: Pick<BucketsView, "boundsSeconds" | "counts">,
  share: number,
): number | undefined {
  return histogramQuantile({ bounds: boundsSeconds, counts }, share);
}

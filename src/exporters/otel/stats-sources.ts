import type { PluginContext } from "../../plugin/index.ts";
import type { StatsSnapshot } from "../../stats/index.ts";

/** The numbers of all trackers with one prefix. */
export interface StatsGroup {
  readonly prefix: string;
  readonly version: string;
  /** Since when the numbers count, in epoch milliseconds. */
  readonly sinceMs: number;
  readonly snapshots: readonly StatsSnapshot[];
}

interface Source {
  readonly prefix: string;
  readonly version: string;
  readonly sinceMs: number;
  stats(): StatsSnapshot;
}

/**
 * The trackers whose numbers one plugin hands over. The numbers of the tracker that leaves last stay readable as they
 * were: the SDK is usually shut down after the trackers, and its last export must not lack the last tasks.
 */
export class StatsSources {
  readonly #live = new Map<PluginContext, Source>();
  #last: Source | undefined;

  add(context: PluginContext): void {
    this.#last = undefined;
    const { prefix, version } = context;
    this.#live.set(context, { prefix, version, sinceMs: Date.now(), stats: () => context.stats() });
  }

  remove(context: PluginContext): void {
    const source = this.#live.get(context);
    if (!this.#live.delete(context) || source === undefined || this.#live.size > 0) return;
    const final = source.stats();
    this.#last = { ...source, stats: () => final };
  }

  /** One group a prefix. A tracker that cannot be read is left out and its trouble put into `errors`. */
  read(errors: unknown[]): StatsGroup[] {
    const groups = new Map<string, { version: string; sinceMs: number; snapshots: StatsSnapshot[] }>();
    for (const source of this.#last === undefined ? this.#live.values() : [this.#last]) {
      try {
        const snapshot = source.stats();
        const group = groups.get(source.prefix) ?? {
          version: source.version,
          sinceMs: source.sinceMs,
          snapshots: [],
        };
        groups.set(source.prefix, group);
        group.sinceMs = Math.min(group.sinceMs, source.sinceMs);
        group.snapshots.push(snapshot);
      } catch (error) {
        errors.push(error);
      }
    }
    return [...groups].map(([prefix, group]) => ({ prefix, ...group }));
  }
}

import type { PluginContext } from "../../plugin/index.ts";
import type { StatsSnapshot } from "../../stats/index.ts";
import { LeftTrackers } from "./left-trackers.ts";
import type { StatsGroup } from "./stats-group.ts";

interface Source {
  /** Of the tracker. */
  readonly id: string;
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
  readonly #watches: LeftTrackers[] = [];

  /** Gives what will hold the last numbers of each tracker that leaves, for one reader. */
  watchLeaving(): LeftTrackers {
    const left = new LeftTrackers();
    this.#watches.push(left);
    return left;
  }

  add(context: PluginContext): void {
    const { trackerId: id, prefix, version } = context;
    // Whose numbers stayed readable leaves now.
    if (this.#last !== undefined) this.#noteLeaving(this.#last);
    this.#last = undefined;
    for (const left of this.#watches) left.forget(id);
    this.#live.set(context, { id, prefix, version, sinceMs: Date.now(), stats: () => context.stats() });
  }

  remove(context: PluginContext): void {
    const source = this.#live.get(context);
    if (!this.#live.delete(context) || source === undefined) return;
    if (this.#live.size > 0) {
      this.#noteLeaving(source);
      return;
    }
    const final = source.stats();
    this.#last = { ...source, stats: () => final };
  }

  #noteLeaving(source: Source): void {
    if (this.#watches.length === 0) return;
    const { prefix, version, sinceMs } = source;
    const group = { prefix, version, sinceMs, snapshots: [source.stats()] };
    for (const left of this.#watches) left.note(source.id, group);
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

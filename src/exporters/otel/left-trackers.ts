import { mergeSnapshots } from "../../plugin/index.ts";
import type { StatsGroup } from "./stats-group.ts";

/** How many are told apart. Those who left before them are kept as one: nobody may be reading. */
const MAX_APART = 10;

/** The last numbers of the trackers that have left since one reader read: what they counted since is in no sum any more. */
export class LeftTrackers {
  /** By tracker, the first to leave first. */
  readonly #apart = new Map<string, StatsGroup>();
  /** By prefix. */
  readonly #together = new Map<string, StatsGroup>();

  note(id: string, left: StatsGroup): void {
    this.#apart.set(id, left);
    if (this.#apart.size <= MAX_APART) return;
    for (const [oldest, group] of this.#apart) {
      this.#apart.delete(oldest);
      this.#together.set(group.prefix, merged(this.#together.get(group.prefix), group));
      return;
    }
  }

  /** The tracker is back. */
  forget(id: string): void {
    this.#apart.delete(id);
  }

  /** Gives all, by prefix, and lets go of them. */
  take(): Map<string, StatsGroup> {
    const taken = new Map(this.#together);
    for (const group of this.#apart.values()) taken.set(group.prefix, merged(taken.get(group.prefix), group));
    this.#apart.clear();
    this.#together.clear();
    return taken;
  }
}

function merged(a: StatsGroup | undefined, b: StatsGroup): StatsGroup {
  if (a === undefined) return b;
  const snapshots = [mergeSnapshots([...a.snapshots, ...b.snapshots])];
  return { ...a, sinceMs: Math.min(a.sinceMs, b.sinceMs), snapshots };
}

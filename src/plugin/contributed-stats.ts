import type { StatsSnapshot } from "../stats/index.ts";
import { mergeSnapshots } from "./merge-snapshots.ts";
import type { Owned } from "./owned.ts";
import type { PluginTrouble } from "./plugin-trouble.ts";

/** Gives the numbers of trackers elsewhere (other threads, other processes) at this instant. A pure read. */
export type ReadStats = () => Iterable<StatsSnapshot>;

/** The tracker's own numbers with those that plugins contribute; the very same object where none does. */
export function withContributedStats(
  own: StatsSnapshot,
  reads: readonly Owned<ReadStats>[],
  trouble: PluginTrouble,
): StatsSnapshot {
  const all = [own];
  for (const { owner, hook } of reads) {
    try {
      // Merged at once: numbers that do not fit throw here, and cost their owner's part only.
      all.push(mergeSnapshots([...hook()]));
    } catch (error) {
      trouble.caught(owner.plugin.name, "contributeStats", error);
    }
  }
  return all.length === 1 ? own : mergeSnapshots(all);
}

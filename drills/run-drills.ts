import type { Drill } from "./drill.ts";
import { runDrill } from "./run-drill.ts";
import type { DrillResult, DrillRun } from "./run-drill.ts";

/** Runs drills side by side on one rig, so many at once, started in the order given. Gives their results in that order. */
export async function runDrills(
  drills: readonly Drill[],
  run: DrillRun,
  atOnce: number,
): Promise<DrillResult[]> {
  const results: DrillResult[] = [];
  const waiting = [...drills.entries()];
  const work = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const [place, drill] = next;
      results[place] = await runDrill(drill, run);
    }
  };
  const settled = await Promise.allSettled(Array.from({ length: atOnce }, work));
  for (const one of settled) if (one.status === "rejected") throw one.reason;
  return results;
}

import type { Tracker } from "../tracker/index.ts";
import type { HealthOptions } from "./health-options.ts";
import { healthRules } from "./health-rules.ts";
import type { HealthRules } from "./health-rules.ts";

/**
 * Watches a tracker that is there already: `healthRules`, given to `tasks.use`. Once a tracker; the one that was made says how
 * things stand, and goes with the tracker.
 */
export function health(tasks: Pick<Tracker, "use">, options?: HealthOptions): HealthRules {
  const rules = healthRules(options);
  tasks.use(rules);
  return rules;
}

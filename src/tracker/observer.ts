import type { Lifecycle } from "./lifecycle.ts";
import type { Surroundings } from "./surroundings.ts";

/** What observing needs of a tracker. */
export interface Observer {
  readonly lifecycle: Lifecycle;
  readonly surroundings: Surroundings;
}

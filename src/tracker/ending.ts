import type { CancelledBy } from "../errors/index.ts";
import type { OutcomeStatus } from "../task/index.ts";

/** What is known at a task's end. */
export interface Ending {
  readonly status: OutcomeStatus;
  readonly value?: unknown;
  /** Whether `value` is not known yet; whoever ends the task so settles its handle. */
  readonly valueFollows?: boolean;
  readonly error?: unknown;
  /** For failed tasks whose type is not the error's class. */
  readonly errorType?: "timeout" | "lost";
  readonly cancelledBy?: CancelledBy;
  readonly reason?: unknown;
  /** When it ended, as a reading of the clock, if that was not now. */
  readonly endedMs?: number;
}

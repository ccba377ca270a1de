/** Where a live task stands. */
export type LiveState = "queued" | "running";

/** How an ended task ended. A closed list: it is the `outcome` label of the duration histogram. */
export type OutcomeStatus = "completed" | "failed" | "cancelled";

/** Every state a task can be in. */
export type TaskState = LiveState | OutcomeStatus;

/**
 * The legal moves. A task enters at `queued`, or at `running` when it starts in the call that spawned it, and ends
 * exactly once: nothing leaves an ended state.
 */
export const legalTransitions: Readonly<Record<TaskState, readonly TaskState[]>> = {
  queued: ["running", "cancelled"],
  running: ["queued", "completed", "failed", "cancelled"],
  completed: [],
  failed: [],
  cancelled: [],
};

/** All states, in the order of a task's life. */
export const taskStates: readonly TaskState[] = ["queued", "running", "completed", "failed", "cancelled"];

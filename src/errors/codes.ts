/**
 * Every code an error of taskscope can carry. A code is stable: it is never renamed, and a retired one is never
 * used again. Machines compare `error.code`; the message is prose for people and may change in any release.
 */
export const errorCodes = {
  /** An option or argument has a value that it does not take. */
  TASKSCOPE_INVALID_OPTION: "an option has a value that it does not take",
  /** A managed task, a wait or `withTimeout` ran out of time. */
  TASKSCOPE_TIMEOUT: "the time allowed ran out",
  /** A managed task was stopped on request. */
  TASKSCOPE_CANCELLED: "the task was cancelled",
  /** A task can never end: what alone could settle it was garbage-collected. */
  TASKSCOPE_LOST: "the task can never end",
  /** A task was refused and never existed. */
  TASKSCOPE_REJECTED: "the task was refused",
  /** A task was refused because its tracker has been shut down. */
  TASKSCOPE_CLOSED: "the tracker has been shut down",
  /** The result of a finished task was asked for after the tracker let go of it. */
  TASKSCOPE_RESULT_DISCARDED: "the result is no longer held",
  /** A package that an exporter needs is not installed. */
  TASKSCOPE_MISSING_PACKAGE: "a package that this needs is not installed",
  /** A port that a listener was told to use is taken. */
  TASKSCOPE_PORT_IN_USE: "the port is in use",
} as const;

/** One of the stable codes of {@link errorCodes}. */
export type ErrorCode = keyof typeof errorCodes;

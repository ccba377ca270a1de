export { errorCodes } from "./codes.ts";
export type { ErrorCode } from "./codes.ts";
export { InvalidOptionError } from "./invalid-option-error.ts";
export {
  checkBoolean,
  checkCount,
  checkDurationMs,
  checkLimit,
  checkMethods,
  checkWaitMs,
  checkWord,
  joinPath,
  readOptions,
} from "./option-check.ts";
export type { OptionBag } from "./option-check.ts";
export { TaskCancelledError } from "./task-cancelled-error.ts";
export type { CancelledBy } from "./task-cancelled-error.ts";
export { TaskLostError } from "./task-lost-error.ts";
export { rejectionReasons, TaskRejectedError, TrackerClosedError } from "./task-rejected-error.ts";
export type { RejectionReason } from "./task-rejected-error.ts";
export { TaskTimeoutError } from "./task-timeout-error.ts";
export { TaskscopeError } from "./taskscope-error.ts";

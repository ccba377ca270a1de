export { copyAttributes, noAttributes, putAttribute } from "./attributes.ts";
export type { Attributes, AttributeValue } from "./attributes.ts";
export { errorMessageOf, errorTypeOf, OTHER_ERROR_TYPE } from "./error-type.ts";
export type { CancelledOutcome, CompletedOutcome, FailedOutcome, Outcome } from "./outcome.ts";
export type { TaskHandle } from "./task-handle.ts";
export type { TaskInfo, TaskProgress } from "./task-info.ts";
export { ANONYMOUS, boundName, functionName } from "./task-name.ts";
export { taskStates } from "./task-state.ts";
export type { LiveState, OutcomeStatus, TaskState } from "./task-state.ts";

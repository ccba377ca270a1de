export { Admission, COMMON_LANE } from "./admission.ts";
export type { AdmissionLimits } from "./admission.ts";
export type { LaneLimits, Ticket } from "./lane.ts";
export { exponential, fibonacci, fixed, linear, safeDelayMs } from "./backoff.ts";
export type { Backoff, BackoffOptions, Jitter } from "./backoff.ts";
export { commonTypes } from "./common-types.ts";
export type { CommonType } from "./common-types.ts";
export { expectationKeys, noExpectation, readExpectation } from "./expectation.ts";
export type { Expectation, ExpectationOptions } from "./expectation.ts";
export { persistent, wantsRestart } from "./restart.ts";
export type { ResolvedRestart, RestartPolicy, RestartWhen } from "./restart.ts";
export { readRetention } from "./retention.ts";
export type { Retention, RetentionOptions } from "./retention.ts";
export { readGroup } from "./supervision.ts";
export type { GroupOptions, ResolvedGroup, SupervisionStrategy } from "./supervision.ts";
export { defaultPolicy, policyKeys, readTypePolicies, resolvePolicy } from "./type-policy.ts";
export type {
  ResolvedPolicy,
  ResolvedTypePolicy,
  ShutdownPolicy,
  TaskPolicy,
  TypePolicy,
} from "./type-policy.ts";
export { withTimeout } from "./with-timeout.ts";
export type { TimedBody, WithTimeoutOptions } from "./with-timeout.ts";

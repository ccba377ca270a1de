export { readRetention } from "./retention.ts";
export type { Retention, RetentionOptions } from "./retention.ts";
export { defaultPolicy, policyKeys, readTypePolicies, resolvePolicy } from "./type-policy.ts";
export type { ResolvedPolicy, ShutdownPolicy, TypePolicy } from "./type-policy.ts";

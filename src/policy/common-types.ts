import type { TypePolicy } from "./type-policy.ts";

/** The types of {@link commonTypes}. */
export type CommonType =
  | "network"
  | "database"
  | "file-io"
  | "lock"
  | "channel"
  | "service"
  | "consensus"
  | "critical-fast"
  | "maintenance"
  | "ui"
  | "background"
  | "general";

/**
 * Policies for types that most servers have: a timeout for each attempt of a managed task where one makes sense, and
 * none for maintenance, ui, background and general. Change what does not fit:
 *
 * ```ts
 * const tasks = createTracker({ types: { ...commonTypes, database: { timeoutMs: 2_000, maxRunning: 50 } } });
 * ```
 */
export const commonTypes: Readonly<Record<CommonType, TypePolicy>> = Object.freeze({
  network: { timeoutMs: 10_000 },
  database: { timeoutMs: 5_000 },
  "file-io": { timeoutMs: 3_000 },
  lock: { timeoutMs: 1_000 },
  channel: { timeoutMs: 500 },
  service: { timeoutMs: 60_000 },
  consensus: { timeoutMs: 30_000 },
  "critical-fast": { timeoutMs: 100 },
  maintenance: {},
  ui: {},
  background: {},
  general: {},
});

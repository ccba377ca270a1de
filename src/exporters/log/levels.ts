import type { EventKind } from "../../events/index.ts";

/** How much a line matters, from little to much. */
export const logLevels = ["trace", "debug", "info", "warn", "error"] as const;

/** How much a line matters. */
export type LogLevel = (typeof logLevels)[number];

/** The level of each kind of event where options do not say another. */
export const defaultLevels: Readonly<Record<EventKind, LogLevel>> = {
  spawned: "debug",
  started: "debug",
  progress: "debug",
  "cancel-requested": "debug",
  completed: "debug",
  cancelled: "info",
  "settled-late": "info",
  restarting: "warn",
  rejected: "warn",
  stuck: "warn",
  unresponsive: "warn",
  breaker: "warn",
  blocked: "warn",
  "gave-up": "warn",
  lost: "warn",
  failed: "error",
  "group-failed": "error",
};

/** Whether a level is at or above another. */
export function reaches(level: LogLevel, atLeast: LogLevel): boolean {
  return logLevels.indexOf(level) >= logLevels.indexOf(atLeast);
}

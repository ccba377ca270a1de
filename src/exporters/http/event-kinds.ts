import type { EventKind } from "../../events/index.ts";

/** Every kind of event, and whether each task has some: those come by the thousand. The others are about what goes wrong. */
const isOfEveryTask: Readonly<Record<EventKind, boolean>> = {
  spawned: true,
  started: true,
  progress: true,
  restarting: true,
  "cancel-requested": true,
  completed: true,
  failed: true,
  cancelled: true,
  rejected: true,
  "gave-up": false,
  "group-failed": false,
  lost: false,
  stuck: false,
  unresponsive: false,
  "settled-late": true,
  breaker: false,
  blocked: false,
};

export const allKinds = Object.keys(isOfEveryTask) as readonly EventKind[];
export const kindsOfEveryTask: ReadonlySet<EventKind> = new Set(
  allKinds.filter((kind) => isOfEveryTask[kind]),
);

import type { Task, TaskEvent, TaskState } from "./api-types.ts";

/** The task after an event; `undefined` where the event is about a task of which too little is known. */
export function applyEvent(task: Task | undefined, event: TaskEvent): Task | undefined {
  const { kind, atMs, attempt } = event;
  if (kind === "spawned") return task ?? spawned(event);
  if (task === undefined) return isWhole(kind) ? applyEvent(spawned(event), event) : undefined;
  // Pages and events come by different ways: a page may know the end before the event of the start arrives.
  if (task.endedAtMs !== undefined) return task;
  switch (kind) {
    case "started":
      return {
        ...without(task, "waitingFor"),
        state: "running",
        attempt,
        startedAtMs: atMs,
      };
    case "progress":
      return {
        ...task,
        progress: { done: event.done ?? null, ...(event.total === undefined ? {} : { total: event.total }) },
        lastHeartbeatAtMs: atMs,
        stuck: false,
      };
    case "restarting":
      return { ...task, state: "queued", waitingFor: "backoff", ...errorOf(event), stuck: false };
    case "stuck":
      return { ...task, stuck: true };
    case "completed":
    case "failed":
    case "cancelled":
      return ended(task, event, kind);
    default:
      return task;
  }
}

/** Whether an event of this kind says enough to show a task by. */
function isWhole(kind: string): boolean {
  return kind === "started" || kind === "completed" || kind === "failed" || kind === "cancelled";
}

function spawned(event: TaskEvent): Task {
  return {
    id: event.id,
    name: event.name,
    type: event.type,
    state: "queued",
    managed: event.managed ?? true,
    attempt: 0,
    spawnedAtMs: event.atMs - (event.queuedMs ?? 0) - (event.durationMs ?? 0),
    durationMs: 0,
    stuck: false,
    attributes: {},
    ...(event.parentId === undefined ? {} : { parentId: event.parentId }),
  };
}

function ended(task: Task, event: TaskEvent, state: TaskState): Task {
  return {
    ...without(task, "waitingFor"),
    state,
    endedAtMs: event.atMs,
    durationMs: event.durationMs ?? task.durationMs,
    stuck: false,
    ...errorOf(event),
    ...(event.cancelledBy === undefined ? {} : { cancelledBy: event.cancelledBy }),
  };
}

function errorOf({ errorType, errorMessage }: TaskEvent): Pick<Task, "errorType" | "errorMessage"> {
  return {
    ...(errorType === undefined ? {} : { errorType }),
    ...(errorMessage === undefined ? {} : { errorMessage }),
  };
}

function without<Key extends keyof Task>(task: Task, key: Key): Omit<Task, Key> {
  const { [key]: _, ...rest } = task;
  return rest;
}

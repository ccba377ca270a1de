export { taskTracing, tasksAreTraced } from "./channels.ts";
export type { TaskTrace } from "./channels.ts";
export { EventHub, MAX_SUBSCRIBER_NAMES } from "./event-hub.ts";
export type { SubscribeOptions } from "./event-hub.ts";
export { eventKinds } from "./lifecycle-event.ts";
export type {
  BlockedEvent,
  BreakerEvent,
  CancelledEvent,
  CancelRequestedEvent,
  CompletedEvent,
  EventFields,
  EventKind,
  FailedEvent,
  LifecycleEvent,
  PluginEventKind,
  ProgressEvent,
  RejectedEvent,
  RestartingEvent,
  SettledLateEvent,
  SpawnedEvent,
  StartedEvent,
  GaveUpEvent,
  GroupFailedEvent,
  LostEvent,
  StuckEvent,
  UnresponsiveEvent,
} from "./lifecycle-event.ts";
export type { OnEvent, OverflowPolicy } from "./subscriber.ts";
export type { TraceIds } from "./trace-ids.ts";

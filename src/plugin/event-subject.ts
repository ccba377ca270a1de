import type { EventFields, PluginEventKind } from "../events/index.ts";

/** What was taken down of a task, so that it can be spoken of when it has ended. */
export interface EventSubject {
  /** The labels under which the tracker counts the task: bounded in number. */
  readonly labels: { readonly task_type: string; readonly task_name: string };
  /** Announces an event about the task, with the span that it had. */
  publish<Kind extends PluginEventKind>(kind: Kind, fields: EventFields<Kind>): void;
}

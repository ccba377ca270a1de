import { signal } from "@preact/signals";
import type { TaskEvent } from "./api-types.ts";
import { listen, paused } from "./session.ts";

/** What went wrong with a task, as its event said it. */
export interface Notice {
  readonly kind: "stuck" | "lost" | "unresponsive" | "gave-up";
  readonly event: TaskEvent;
}

const MAX_NOTICES = 200;
const MAX_EVENTS = 20_000;

export const notices = signal<readonly Notice[]>([]);
/** The events since the page was opened, the last {@link MAX_EVENTS} of them: what a task's history is made of. */
let events: TaskEvent[] = [];

export function watchNotices(): void {
  listen({ onStale: () => undefined, onEvents: take });
}

/** What the page has seen of a task, the oldest first. */
export function eventsOf(id: number): readonly TaskEvent[] {
  return events.filter((event) => event.id === id);
}

function take(batch: readonly TaskEvent[]): void {
  events.push(...batch);
  if (events.length > MAX_EVENTS * 2) events = events.slice(-MAX_EVENTS);
  if (paused.value) return;
  const found = batch.flatMap((event): Notice[] => {
    const { kind } = event;
    return kind === "stuck" || kind === "lost" || kind === "unresponsive" || kind === "gave-up"
      ? [{ kind, event }]
      : [];
  });
  if (found.length > 0) notices.value = [...found.reverse(), ...notices.value].slice(0, MAX_NOTICES);
}

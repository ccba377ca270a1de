import { AsyncResource } from "node:async_hooks";
import { createTracker } from "taskscope";
import type { LifecycleEvent, OnEvent, SubscribeOptions, Tracker, TrackerOptions } from "taskscope";
import { ManualClock } from "taskscope/testing";
import { EventHub } from "../../src/events/index.ts";
import { WallClock } from "../../src/internal/index.ts";

/** A diag that keeps what it is told. */
function noting(): { readonly warnings: string[]; readonly diag: { warn(message: string): void } } {
  const warnings: string[] = [];
  return { warnings, diag: { warn: (message) => void warnings.push(message) } };
}

/** A hub without a tracker, and a short way to publish on it. */
export function makeHub() {
  const clock = new ManualClock();
  const { warnings, diag } = noting();
  const outside = new AsyncResource("test");
  const hub = new EventHub(
    clock,
    new WallClock(clock),
    diag,
    (body) => outside.runInAsyncScope(body),
    () => undefined,
  );
  const publish = (name = "work"): void =>
    hub.publish("progress", { id: 1, name, type: "t", attempt: 1 }, step);
  return { clock, warnings, hub, publish };
}

const step = { done: 1, total: undefined };

/** A tracker on a clock that stands still. */
export function makeTracker(options: TrackerOptions = {}) {
  const clock = new ManualClock();
  const { warnings, diag } = noting();
  return { clock, warnings, tasks: createTracker({ clock, diag, ...options }) };
}

/** Subscribes, and notes all events and how many were dropped before each. */
export function collect(
  subject: Pick<Tracker, "subscribe">,
  options: Partial<SubscribeOptions> = {},
  onEvent: OnEvent = () => {},
) {
  const events: LifecycleEvent[] = [];
  const dropped: number[] = [];
  const end = subject.subscribe({ name: "collecting", ...options }, (event, count) => {
    events.push(event);
    dropped.push(count);
    return onEvent(event, count);
  });
  return { events, dropped, end };
}

/** What is told apart: the kinds of the events, with the names of their tasks. */
export function kindsOf(events: readonly LifecycleEvent[]): string[] {
  return events.map(({ kind, name }) => `${kind} ${name}`);
}

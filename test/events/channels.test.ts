import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { afterEach, describe, expect, test } from "vitest";
import type { LifecycleEvent, Plugin } from "taskscope";
import { turn } from "../tracker/support.ts";
import { collect, makeTracker } from "./support.ts";

const undo: (() => void)[] = [];
afterEach(() => {
  for (const each of undo.splice(0)) each();
});

function onChannel(name: string, onMessage: (event: LifecycleEvent) => void): void {
  const listener = (message: unknown): void => onMessage(message as LifecycleEvent);
  subscribe(`taskscope:task:${name}`, listener);
  undo.push(() => unsubscribe(`taskscope:task:${name}`, listener));
}

describe("the channels of events", () => {
  test("publish at once, the same event that subscribers get later", async () => {
    const { tasks } = makeTracker();
    const { events } = collect(tasks);
    const heard: [string, LifecycleEvent][] = [];
    for (const name of ["spawned", "started", "ended"]) {
      onChannel(name, (event) => heard.push([name, event]));
    }
    tasks.wrap("good", () => 1)();
    expect(heard.map(([name, { kind }]) => `${name}: ${kind}`)).toEqual([
      "spawned: spawned",
      "started: started",
      "ended: completed",
    ]);
    await tasks.run("bad", () => Promise.reject(new Error("bad"))).catch(() => {});
    tasks.spawn("stopped", () => 1).cancel();
    const kinds = heard.filter(([name]) => name === "ended").map(([, { kind }]) => kind);
    expect(kinds).toEqual(["completed", "failed", "cancelled"]);
    await turn();
    const published = events.filter(({ kind }) => kind !== "cancel-requested");
    expect(heard.map(([, event]) => event)).toEqual(published);
    expect(heard[0]?.[1]).toBe(published[0]);
  });

  test("publish without a subscriber of the tracker, and no more when the last one has left", async () => {
    const { tasks } = makeTracker();
    const heard: LifecycleEvent[] = [];
    onChannel("ended", (event) => heard.push(event));
    tasks.wrap("one", () => 1)();
    expect(heard.map(({ name }) => name)).toEqual(["one"]);
    for (const each of undo.splice(0)) each();
    tasks.wrap("two", () => 1)();
    expect(heard).toHaveLength(1);
  });

  test("publish the start of a task whose spawning made somebody listen", () => {
    const heard: LifecycleEvent[] = [];
    const listenOnce = (): void => {
      if (undo.length === 0) onChannel("started", (event) => heard.push(event));
    };
    const plugin: Plugin = { name: "listening", setup: (context) => void context.onSpawn(listenOnce) };
    const { tasks } = makeTracker({ plugins: [plugin] });
    tasks.wrap("work", () => 1)();
    expect(heard.map(({ kind, name }) => `${kind}: ${name}`)).toEqual(["started: work"]);
  });

  test("publish restarts", async () => {
    const { tasks, clock } = makeTracker();
    const heard: LifecycleEvent[] = [];
    onChannel("restarted", (event) => heard.push(event));
    const backoff = { delayMs: () => 10 };
    const flaky = tasks.run(
      { name: "flaky", restart: { maxRestarts: 2, backoff } },
      ({ task }) => task.attempt > 2 || Promise.reject(new TypeError("not yet")),
    );
    await clock.advance(100);
    expect(await flaky).toBe(true);
    expect(heard).toMatchObject([
      { kind: "restarting", attempt: 1, delayMs: 10, errorType: "TypeError", errorMessage: "not yet" },
      { kind: "restarting", attempt: 2, delayMs: 10 },
    ]);
  });

  test("find the books balanced and the task in its new state", () => {
    const { tasks } = makeTracker();
    const states: (string | undefined)[] = [];
    for (const name of ["spawned", "started", "ended"]) {
      onChannel(name, ({ id }) => {
        const { spawned, queued, running, completed } = tasks.stats().total;
        states.push(spawned === queued + running + completed ? tasks.get(id)?.state : "unbalanced");
      });
    }
    tasks.wrap("work", () => 1)();
    expect(states).toEqual(["running", "running", "completed"]);
  });

  test("what a channel's subscriber causes comes after the event, for everybody", async () => {
    const { tasks } = makeTracker();
    const { events } = collect(tasks);
    onChannel("spawned", ({ name }) => {
      if (name === "outer") tasks.wrap("caused", () => 1)();
    });
    tasks.wrap("outer", () => 1)();
    await turn();
    expect(events.map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5, 6]);
    expect(events.map(({ name }) => name)).toEqual(["outer", "caused", "caused", "caused", "outer", "outer"]);
  });

  test("a task that a channel's subscriber cancels as it is spawned never starts", async () => {
    const { tasks } = makeTracker();
    const { events } = collect(tasks);
    onChannel("spawned", ({ id }) => tasks.cancel(id, "at once"));
    let runs = 0;
    await tasks.run("work", () => (runs += 1)).catch(() => {});
    await turn();
    expect(runs).toBe(0);
    expect(events.map(({ kind }) => kind)).toEqual(["spawned", "cancel-requested", "cancelled"]);
  });
});

import { subscribe, unsubscribe } from "node:diagnostics_channel";
import CircuitBreaker from "opossum";
import { circuitBreakers } from "taskscope/opossum";
import { openTelemetry } from "taskscope/otel";
import { promClient } from "taskscope/prom-client";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { turn } from "../../tracker/support.ts";
import { refusal, shownStates, track, useFakeTimers } from "./support.ts";

beforeEach(useFakeTimers);
afterEach(() => {
  vi.useRealTimers();
});

const RESET_MS = 5_000;
const search = { name: "search", type: "search" };

/** A breaker around an action of its own, which fails while `isDown`. */
function ownBreaker(name = "search-client"): {
  breaker: CircuitBreaker<[term: string], string>;
  server: { isDown: boolean };
} {
  const server = { isDown: false };
  const find = (term: string): Promise<string> =>
    server.isDown ? Promise.reject(new Error("down")) : Promise.resolve(`found ${term}`);
  return { breaker: new CircuitBreaker(find, { name, resetTimeout: RESET_MS, timeout: false }), server };
}

describe("a breaker of one's own", () => {
  test("learns from its own calls inside tasks, and refuses the tasks while it is open", async () => {
    const breakers = circuitBreakers();
    const { tasks } = track(breakers);
    const { breaker, server } = ownBreaker();
    breakers.watch(breaker, { taskType: "search" });
    const find = (term: string): Promise<string> => tasks.run(search, () => breaker.fire(term));
    expect(await find("a")).toBe("found a");
    server.isDown = true;
    await expect(find("b")).rejects.toThrow("down");
    await expect(find("c")).rejects.toThrow("down");
    expect(breaker.opened).toBe(true);
    expect(breaker.stats.fires).toBe(3);
    await expect(find("d")).rejects.toMatchObject(refusal);
    expect(breaker.stats.rejects).toBe(0);
    server.isDown = false;
    vi.advanceTimersByTime(RESET_MS);
    const trial = find("e");
    await expect(find("f")).rejects.toMatchObject(refusal);
    expect(await trial).toBe("found e");
    expect(await find("g")).toBe("found g");
    expect(tasks.stats().total).toMatchObject({ completed: 3, failed: 2, rejected: 2 });
  });

  test("does not learn from the tasks themselves", async () => {
    const breakers = circuitBreakers();
    const { tasks } = track(breakers);
    const { breaker } = ownBreaker();
    breakers.watch(breaker, { taskType: "search" });
    for (let count = 0; count < 5; count += 1) {
      await tasks.run(search, () => Promise.reject(new Error("something else"))).catch(() => undefined);
    }
    expect(breaker.closed).toBe(true);
  });

  test("without a selection is shown, and refuses nothing", async () => {
    const breakers = circuitBreakers();
    const setup = track(breakers);
    const { breaker } = ownBreaker();
    breakers.watch(breaker);
    breaker.open();
    expect(await setup.tasks.run(search, () => 1)).toBe(1);
    expect(shownStates(setup)).toEqual({ "search-client": "open 1" });
  });

  test("is let go of: no refusal, no state, no listener is left", async () => {
    const breakers = circuitBreakers();
    const setup = track(breakers);
    const { breaker } = ownBreaker();
    const events = ["open", "close", "halfOpen", "shutdown"];
    const before = events.map((event) => breaker.listenerCount(event));
    const letGo = breakers.watch(breaker, { taskType: "search" });
    breaker.open();
    letGo();
    letGo();
    expect(await setup.tasks.run(search, () => 1)).toBe(1);
    expect(shownStates(setup)).toEqual({});
    expect(events.map((event) => breaker.listenerCount(event))).toEqual(before);
    breakers.watch(ownBreaker().breaker);
    letGo();
    expect(shownStates(setup)).toEqual({ "search-client": "closed 1" });
  });

  test("that is shut down is let go of", () => {
    const breakers = circuitBreakers();
    const setup = track(breakers);
    const { breaker } = ownBreaker();
    breakers.watch(breaker, { taskType: "search" });
    breaker.shutdown();
    expect(shownStates(setup)).toEqual({});
    expect(() => breakers.watch(breaker)).toThrow(
      /breaker takes a CircuitBreaker of opossum that was not shut down/,
    );
  });

  test("refuses tasks of every tracker that has the plugin, also of one that comes later", async () => {
    const breakers = circuitBreakers();
    const first = track(breakers);
    const { breaker } = ownBreaker();
    breakers.watch(breaker, { taskName: "search" });
    const second = track(breakers);
    breaker.open();
    await expect(first.tasks.run("search", () => 1)).rejects.toMatchObject(refusal);
    await expect(second.tasks.run("search", () => 1)).rejects.toMatchObject(refusal);
    await first.tasks.shutdown();
    await expect(second.tasks.run("search", () => 1)).rejects.toMatchObject(refusal);
  });
});

describe("the state", () => {
  test("is an event, at each change and in order", async () => {
    const breakers = circuitBreakers();
    const { changes, tasks } = track(breakers);
    const { breaker } = ownBreaker();
    breakers.watch(breaker);
    const onChannel: unknown[] = [];
    const listen = (message: unknown): void => void onChannel.push(message);
    subscribe("taskscope:breaker:changed", listen);
    breaker.open();
    vi.advanceTimersByTime(RESET_MS);
    await breaker.fire("a");
    unsubscribe("taskscope:breaker:changed", listen);
    await tasks.shutdown();
    expect(changes).toEqual([
      "search-client: closed → open",
      "search-client: open → half_open",
      "search-client: half_open → closed",
    ]);
    expect(onChannel).toMatchObject([
      { kind: "breaker", name: "search-client", id: 0, from: "closed", to: "open" },
      { to: "half_open" },
      { to: "closed" },
    ]);
  });

  test("is announced by a tracker as long as that has the plugin", async () => {
    const breakers = circuitBreakers();
    const { tasks, changes } = track({ name: "none", setup: () => {} });
    const remove = tasks.use(breakers);
    const { breaker } = ownBreaker();
    breakers.watch(breaker);
    breaker.open();
    await remove();
    breaker.close();
    await tasks.shutdown();
    expect(changes).toEqual(["search-client: closed → open"]);
  });

  test("is a metric: 1 for the state it is in, 0 for the others", async () => {
    const breakers = circuitBreakers();
    const prom = promClient();
    track(breakers, { plugins: [prom] });
    const { breaker } = ownBreaker();
    breakers.watch(breaker);
    const lines = async (): Promise<string[]> =>
      (await prom.registry.metrics())
        .split("\n")
        .filter((line) => line.startsWith("taskscope_breaker_state{"));
    expect(await lines()).toEqual([
      'taskscope_breaker_state{breaker="search-client",state="closed"} 1',
      'taskscope_breaker_state{breaker="search-client",state="open"} 0',
      'taskscope_breaker_state{breaker="search-client",state="half_open"} 0',
    ]);
    breaker.open();
    vi.advanceTimersByTime(RESET_MS);
    expect(await lines()).toContain('taskscope_breaker_state{breaker="search-client",state="half_open"} 1');
  });

  test("goes out through OpenTelemetry too, as a gauge", async () => {
    const breakers = circuitBreakers();
    const otel = openTelemetry();
    track(breakers, { plugins: [otel] });
    const { breaker } = ownBreaker();
    breakers.watch(breaker);
    breaker.open();
    const { resourceMetrics, errors } = await otel.metricProducer().collect();
    const data = resourceMetrics.scopeMetrics[0]?.metrics.find(
      ({ descriptor }) => descriptor.name === "taskscope_breaker_state",
    );
    expect(errors).toEqual([]);
    expect(data).toMatchObject({
      dataPointType: 2,
      dataPoints: [
        { attributes: { breaker: "search-client", state: "closed" }, value: 0 },
        { attributes: { state: "open" }, value: 1 },
        { attributes: { state: "half_open" }, value: 0 },
      ],
    });
  });

  test("of one breaker is shown once where two trackers share a registry", async () => {
    const breakers = circuitBreakers();
    const prom = promClient();
    track(breakers, { plugins: [prom] });
    track(breakers, { plugins: [prom] });
    breakers.watch(ownBreaker().breaker);
    expect(await prom.registry.metrics()).toContain('{breaker="search-client",state="closed"} 1');
  });

  test("of breakers beyond the cap is a number of breakers", async () => {
    const breakers = circuitBreakers({ maxNames: 2 });
    const setup = track(breakers);
    const all = ["a", "b", "c", "d", "e"].map((name) => ownBreaker(name).breaker);
    for (const breaker of all) breakers.watch(breaker);
    all[0]?.open();
    all[4]?.open();
    await turn();
    const rows = setup.context
      .stats()
      .contributed.map(({ labels, value }) => [...Object.values(labels), value]);
    expect(rows).toEqual([
      ["a", "closed", 0],
      ["a", "open", 1],
      ["a", "half_open", 0],
      ["b", "closed", 1],
      ["b", "open", 0],
      ["b", "half_open", 0],
      ["__other__", "closed", 2],
      ["__other__", "open", 1],
      ["__other__", "half_open", 0],
    ]);
  });
});

import CircuitBreaker from "opossum";
import { circuitBreakers } from "taskscope/opossum";
import type { Breaker, ProtectOptions, WatchOptions } from "taskscope/opossum";
import { expect, test } from "vitest";
import { uninstall } from "../../fixtures/uninstall.ts";

const breaker = (name: string): Breaker => new CircuitBreaker(() => Promise.resolve(1), { name });
const bad = (option: string): object => ({ code: "TASKSCOPE_INVALID_OPTION", option });

test.each([
  ["protect.name", { name: "" }],
  ["protect.name", { name: "x".repeat(129) }],
  ["protect.name", { name: "line\nbreak" }],
  ["protect.name", { name: "half \ud800 a pair" }],
  ["protect.name", { name: 1 }],
  ["protect.taskType", { taskType: undefined }],
  ["protect.taskType", { taskType: [] }],
  ["protect.taskName", { taskName: 1 }],
  ["protect.resetTimeout", { resetTimeout: Infinity }],
  ["protect.resetTimeout", { resetTimeout: 0 }],
  ["protect.errorThresholdPercentage", { errorThresholdPercentage: 101 }],
  ["protect.volumeThreshold", { volumeThreshold: -1 }],
  ["protect.rollingCountTimeout", { rollingCountTimeout: "1" }],
  ["protect.rollingCountBuckets", { rollingCountBuckets: 0 }],
  ["protect.allowWarmUp", { allowWarmUp: "yes" }],
  ["protect.errorFilter", { errorFilter: {} }],
  ["protect.timeout", { timeout: 1_000 }],
  ["protect.capacity", { capacity: 10 }],
])("%s is refused when it is %o", (option, part) => {
  const options = { name: "payments", taskType: "payments", ...part } as ProtectOptions;
  expect(() => circuitBreakers().protect(options)).toThrow(expect.objectContaining(bad(option)));
});

test.each([
  ["breaker", {}, {}],
  ["breaker", undefined, {}],
  ["watch.taskType", breaker("search"), { taskType: 1 }],
  ["watch.resetTimeout", breaker("search"), { resetTimeout: 1 }],
  ["watch.name", breaker("x".repeat(200)), {}],
])("%s is refused by watch", (option, given, options) => {
  const watch = (): unknown => circuitBreakers().watch(given as Breaker, options as WatchOptions);
  expect(watch).toThrow(expect.objectContaining(bad(option)));
});

test.each([0, 301, 1.5, "1"])("maxNames is refused when it is %o", (maxNames) => {
  expect(() => circuitBreakers({ maxNames: maxNames as number })).toThrow(
    expect.objectContaining(bad("circuitBreakers.maxNames")),
  );
});

test("a breaker without a name of its own needs one", () => {
  const unnamed = new CircuitBreaker(() => Promise.resolve(1));
  expect(() => circuitBreakers().watch(unnamed)).toThrow(/the breaker has none of its own/);
  circuitBreakers().watch(unnamed, { name: "search" });
});

test("each name stands for one breaker", () => {
  const breakers = circuitBreakers();
  breakers.watch(breaker("search"));
  expect(() => breakers.watch(breaker("search"))).toThrow(expect.objectContaining(bad("watch.name")));
  expect(() => breakers.protect({ name: "search", taskType: "t" })).toThrow(
    expect.objectContaining(bad("protect.name")),
  );
});

test("what opossum is given is as it was asked for", () => {
  const made = circuitBreakers().protect({
    name: "payments",
    taskType: "payments",
    resetTimeout: 7,
    errorThresholdPercentage: 8,
    volumeThreshold: 9,
    rollingCountTimeout: 1_000,
    rollingCountBuckets: 4,
    allowWarmUp: true,
  });
  expect(made).toBeInstanceOf(CircuitBreaker);
  expect(made).toMatchObject({
    name: "payments",
    volumeThreshold: 9,
    warmUp: true,
    options: {
      timeout: false,
      resetTimeout: 7,
      errorThresholdPercentage: 8,
      rollingCountTimeout: 1_000,
      rollingCountBuckets: 4,
    },
  });
  made.shutdown();
});

test("without opossum, protect says what to install, and watch does without", () => {
  uninstall("opossum");
  const breakers = circuitBreakers();
  expect(() => breakers.protect({ name: "payments", taskType: "payments" })).toThrow(
    expect.objectContaining({
      code: "TASKSCOPE_MISSING_PACKAGE",
      message: expect.stringContaining("npm install opossum") as string,
      cause: expect.objectContaining({ code: "MODULE_NOT_FOUND" }) as unknown,
    }),
  );
  breakers.watch(breaker("search"));
});

import { describe, expect, test } from "vitest";
import { createTracker, InvalidOptionError } from "taskscope";
import { balanced } from "./support.ts";

/** Calls that take bad input, with what their error must name. */
function badCalls(): readonly [string, () => unknown, RegExp][] {
  const tasks = createTracker();
  const create = (options: unknown) => () => createTracker(options as never);
  const spawn =
    (options: unknown, body: unknown = () => 1) =>
    () =>
      tasks.spawn(options as never, body as never);
  return [
    [
      "an unknown option",
      create({ prefixx: "a" }),
      /^prefixx takes no value: the option is unknown \(known: prefix, /,
    ],
    [
      "options that are no object",
      create("taskscope"),
      /^options takes an object, got "taskscope" \(string\)/,
    ],
    ["a prefix with a dash", create({ prefix: "a-b" }), /^prefix takes a letter and up to 63/],
    [
      "a context of the wrong type",
      create({ context: "yes" }),
      /^context takes true or false, got "yes" \(string\)/,
    ],
    [
      "plugins that are no array",
      create({ plugins: {} }),
      /^plugins takes an array of plugins, got an object/,
    ],
    ["a plugin without a name", create({ plugins: [{ setup() {} }] }), /^plugins\[\]\.name takes a string/],
    ["a plugin without setup", create({ plugins: [{ name: "p" }] }), /^plugins takes plugins/],
    [
      "no series at all",
      create({ limits: { maxSeries: 0 } }),
      /^limits\.maxSeries takes a whole number from 1 up/,
    ],
    [
      "half a series",
      create({ limits: { maxSeries: 1.5 } }),
      /^limits\.maxSeries takes .* got 1\.5 \(number\)/,
    ],
    [
      "an ageing without end",
      create({ limits: { ageingMs: Infinity } }),
      /^limits\.ageingMs takes a whole number/,
    ],
    ["an unknown limit", create({ limits: { most: 1 } }), /^limits\.most takes no value/],
    [
      "a negative retention",
      create({ retention: { finishedMs: -1 } }),
      /^retention\.finishedMs takes .* got -1/,
    ],
    [
      "a type timeout that is NaN",
      create({ types: { db: { timeoutMs: Number.NaN } } }),
      /^types\.db\.timeoutMs .* NaN/,
    ],
    [
      "an unknown policy option",
      create({ types: { db: { timeout: 1 } } }),
      /^types\.db\.timeout takes no value/,
    ],
    [
      "types that are an array",
      create({ types: [] }),
      /^types takes an object of policies by type, got an array/,
    ],
    ["a clock without now", create({ clock: {} }), /^clock takes an object with now, epochMs, setTimer/],
    ["a diag without warn", create({ diag: { warn: 1 } }), /^diag takes an object with warn/],
    [
      "a negative timeout",
      spawn({ name: "a", timeoutMs: -1 }),
      /^timeoutMs takes a number of milliseconds above 0/,
    ],
    ["a timeout that is NaN", spawn({ name: "a", timeoutMs: Number.NaN }), /^timeoutMs takes .* got NaN/],
    [
      "a timeout that is a string",
      spawn({ name: "a", timeoutMs: "5s" }),
      /^timeoutMs takes .* got "5s" \(string\)/,
    ],
    ["a timeout of 0", spawn({ name: "a", timeoutMs: 0 }), /^timeoutMs takes .* got 0/],
    ["a task without a name", spawn({}), /^name takes a string, got undefined/],
    ["a name that is a symbol", spawn({ name: Symbol("s") }), /^name takes a string, got a symbol/],
    ["a type that is a number", spawn({ name: "a", type: 5 }), /^type takes a string, got 5 \(number\)/],
    ["an unknown task option", spawn({ name: "a", timeout: 5 }), /^timeout takes no value/],
    [
      "a wrong shutdown policy",
      spawn({ name: "a", onShutdown: "kill" }),
      /^onShutdown takes one of "drain", "cancel"/,
    ],
    [
      "a wrong trace policy",
      spawn({ name: "a", trace: "sibling" }),
      /^trace takes one of "child", "link", "root"/,
    ],
    [
      "a signal that is none",
      spawn({ name: "a", signal: {} }),
      /^signal takes an AbortSignal, got an object/,
    ],
    [
      "a parent that is no handle",
      spawn({ name: "a", parent: { id: 1 } }),
      /^parent takes the handle of a task/,
    ],
    [
      "an attribute that is an object",
      spawn({ name: "a", attributes: { o: {} } }),
      /^attributes\.o takes a string/,
    ],
    ["attributes that are an array", spawn({ name: "a", attributes: [] }), /^attributes takes an object/],
    ["a body that is no function", spawn("a", "body"), /^body takes a function, got "body" \(string\)/],
    ["a spec that is nothing", spawn(null), /^options takes an object, got null/],
    ["a wrap of no function", () => tasks.wrap("name", 5 as never), /^fn takes a function, got 5/],
    ["a wrap of a class", () => tasks.wrap(class A {} as never), /^fn takes a function, not a class/],
    [
      "a timeout of an observed wrap",
      // @ts-expect-error -- the compiler refuses it too
      () => tasks.wrap({ timeoutMs: 5 }, () => 1),
      /^timeoutMs takes no value without managed/,
    ],
    [
      "a track of no promise",
      () => tasks.track("a", 5 as never),
      /^promise takes a promise or a thenable, got 5/,
    ],
    ["an unknown filter", () => tasks.list({ status: "running" } as never), /^filter\.status takes no value/],
    [
      "a state that is none",
      () => tasks.list({ state: "active" as never }),
      /^filter\.state takes one of "queued"/,
    ],
    ["a limit below 0", () => tasks.count({ limit: -1 }), /^filter\.limit takes a whole number from 0/],
    [
      "a sweep of a negative age",
      () => tasks.sweep(-1),
      /^olderThanMs takes a number of milliseconds, 0 or more/,
    ],
    ["an id that is a string", () => tasks.get("1" as never), /^id takes a whole number from 1/],
  ];
}

describe("bad input", () => {
  test.each(badCalls())("%s is refused by an error that names it", (_, call, message) => {
    expect(call).toThrow(InvalidOptionError);
    expect(call).toThrow(message);
    expect(call).toThrow(expect.objectContaining({ code: "TASKSCOPE_INVALID_OPTION" }));
  });

  test("run rejects where spawn throws", async () => {
    const tasks = createTracker();
    await expect(tasks.run({ name: "a", timeoutMs: -1 }, () => 1)).rejects.toThrow(InvalidOptionError);
    await expect(tasks.shutdown({ drainMs: Number.NaN })).rejects.toThrow(/^shutdown\.drainMs/);
  });

  test("a refused call leaves no trace", () => {
    const tasks = createTracker();
    expect(() => tasks.spawn({ name: "a", timeoutMs: -1 }, () => 1)).toThrow();
    expect(tasks.stats().total.spawned).toBe(0);
  });

  test("a parent of another tracker is refused", async () => {
    const other = createTracker().spawn("other", () => 1);
    expect(() => createTracker().spawn({ name: "a", parent: other }, () => 1)).toThrow(/same tracker/);
    await other.outcome;
  });

  test("error messages quote no long values", () => {
    const secret = "s3cret".repeat(1_000);
    const tasks = createTracker();
    expect(() => tasks.spawn({ name: "a", onShutdown: secret as never }, () => 1)).toThrow(
      /got a string of 6000 characters$/,
    );
  });

  test("options come from the object itself, not from a polluted prototype", () => {
    const tasks = createTracker();
    Object.assign(Object.prototype, { timeoutMs: -1, detached: "x" });
    try {
      expect(() => tasks.spawn({ name: "a" }, () => 1)).not.toThrow();
      expect(() => createTracker({ types: { a: {} } })).not.toThrow();
    } finally {
      delete (Object.prototype as { timeoutMs?: unknown }).timeoutMs;
      delete (Object.prototype as { detached?: unknown }).detached;
    }
  });
});

describe("hostile names", () => {
  test("a name of 10 MB is cut", async () => {
    const tasks = createTracker();
    await tasks.run("x".repeat(10_000_000), () => 1);
    expect(tasks.list()[0]?.name).toBe(`${"x".repeat(127)}…`);
  });

  test("control characters, lone surrogates and direction marks are replaced", async () => {
    const tasks = createTracker();
    await tasks.run({ name: "a\u0000b\nc\u202ed\ud800e", type: "\u007f" }, () => 1);
    expect(tasks.list()[0]).toMatchObject({ name: "a_b_c_d_e", type: "_" });
  });

  test("a cut does not split a surrogate pair", async () => {
    const tasks = createTracker();
    await tasks.run(`${"x".repeat(126)}😀😀`, () => 1);
    const name = tasks.list()[0]?.name ?? "";
    expect(() => encodeURIComponent(name)).not.toThrow();
    expect(name).toBe(`${"x".repeat(126)}…`);
  });

  test("an empty name becomes anonymous, __proto__ is only a name", async () => {
    const tasks = createTracker();
    await tasks.run({ name: "", type: "__proto__" }, () => 1);
    await tasks.run({ name: "__proto__", type: "constructor" }, () => 1);
    expect(tasks.list().map(({ name }) => name)).toEqual(["anonymous", "__proto__"]);
    const { byType } = tasks.stats();
    expect(Object.keys(byType)).toEqual(["__proto__", "constructor"]);
    expect(byType["__proto__"]).toMatchObject({ completed: 1 });
  });

  test("names beyond maxSeries share one series, are warned of once and keep their names in lists", async () => {
    const warnings: string[] = [];
    const tasks = createTracker({
      limits: { maxSeries: 2 },
      diag: { warn: (message) => void warnings.push(message) },
    });
    for (let index = 0; index < 5; index += 1) await tasks.run({ name: `n${index}`, type: "t" }, () => 1);
    await tasks.run({ name: "x", type: "u" }, () => 1);
    const series = tasks.stats().bySeries.map(({ type, name, spawned }) => [type, name, spawned]);
    expect(series).toEqual([
      ["t", "n0", 1],
      ["t", "n1", 1],
      ["t", "__other__", 3],
      ["__other__", "__other__", 1],
    ]);
    expect(tasks.list().map(({ name, type }) => `${type}/${name}`)).toEqual([
      "t/n0",
      "t/n1",
      "t/n2",
      "t/n3",
      "t/n4",
      "u/x",
    ]);
    expect(warnings).toHaveLength(1);
    balanced(tasks);
  });

  test("a million distinct names do not grow the table", () => {
    const tasks = createTracker({
      limits: { maxSeries: 10 },
      diag: { warn: () => {} },
      retention: { maxFinished: 0 },
    });
    for (let index = 0; index < 1_000_000; index += 1)
      tasks.wrap({ name: `n${index}`, type: `t${index}` }, () => 1)();
    expect(tasks.stats().bySeries).toHaveLength(11);
    expect(tasks.stats().total).toMatchObject({ spawned: 1_000_000, completed: 1_000_000 });
  });
});

import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { trace } from "@opentelemetry/api";
import { createTracker } from "taskscope";
import type { Tracker } from "taskscope";
import { openTelemetry } from "taskscope/otel";
import { ManualClock } from "taskscope/testing";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { recordSpans, registerContextManager, unregisterAll } from "./span-recorder.ts";

const recorder = recordSpans();
const here = fileURLToPath(import.meta.url);

beforeAll(() => {
  registerContextManager();
  trace.setGlobalTracerProvider(recorder.provider);
});
beforeEach(() => recorder.forget());
afterAll(unregisterAll);

const make = (options = {}): Tracker => createTracker({ plugins: [openTelemetry(options)] });

interface Site {
  readonly file: unknown;
  readonly line: unknown;
  readonly functionName: unknown;
}

const siteOf = ({ attributes }: (typeof recorder.spans)[number]): Site => ({
  file: attributes["code.file.path"],
  line: attributes["code.line.number"],
  functionName: attributes["code.function.name"],
});

/** The line of this file that holds a text. */
function lineOf(stack: string): number {
  return Number(/spawn-site\.test\.ts:(\d+)/.exec(stack)?.[1]);
}

describe("a span says where its task was spawned", () => {
  test("by function, file and line: spawned, run and wrapped alike", async () => {
    const tasks = make();
    const observed = tasks.wrap({ name: "observed" }, () => {});
    let line = 0;
    async function handleOrder(): Promise<void> {
      line = lineOf(String(new Error("here").stack));
      observed();
      await tasks.run("managed", () => {});
      await tasks.spawn("spawned", () => {}).result;
    }
    await handleOrder();
    expect(["observed", "managed", "spawned"].map((name) => siteOf(recorder.span(name)))).toEqual(
      [1, 2, 3].map((below) => ({ file: here, line: line + below, functionName: "handleOrder" })),
    );
  });

  test("a run of periodic work, by the call of every", async () => {
    const clock = new ManualClock();
    const tasks = createTracker({ clock, plugins: [openTelemetry()] });
    function startSweeping(): number {
      tasks.every({ name: "sweep", intervalMs: 10 }, () => {});
      return lineOf(String(new Error("here").stack)) - 1;
    }
    const line = startSweeping();
    await clock.advance(25);
    expect(recorder.spans.map(siteOf)).toEqual([
      { file: here, line, functionName: "startSweeping" },
      { file: here, line, functionName: "startSweeping" },
    ]);
    await tasks.shutdown();
  });

  test("not when it is told not to, and the user's own attributes stay", async () => {
    await make({ spawnSite: false }).run("quiet", () => {});
    await make().run({ name: "own", attributes: { "code.line.number": 7 } }, () => {});
    expect(siteOf(recorder.span("quiet"))).toEqual({});
    expect(siteOf(recorder.span("own")).line).toBe(7);
  });
});

describe("stacks are looked at seldom", () => {
  afterEach(() => {
    delete (Error as { prepareStackTrace?: unknown }).prepareStackTrace;
  });

  /** Counts the stacks that are written from here on. */
  function countStacks(): () => number {
    let stacks = 0;
    Error.prepareStackTrace = (error, frames) => {
      stacks += 1;
      return `${String(error)}\n${frames.map((frame) => `    at ${frame.getFileName() ?? ""}:${frame.getLineNumber() ?? 0}:1`).join("\n")}`;
    };
    return () => stacks;
  }

  test("by three spans of a series and one of a thousand; the others get what those saw", async () => {
    const tasks = make();
    const work = tasks.wrap({ name: "work" }, () => {});
    await tasks.run("another series", () => {});
    recorder.forget();
    const stacks = countStacks();
    for (let call = 1; call <= 2_500; call += 1) work();
    expect(stacks()).toBe(5);
    expect(new Set(recorder.spans.map((span) => JSON.stringify(siteOf(span)))).size).toBe(1);
  });

  test("where the places differ, only those that looked say theirs", async () => {
    const work = make().wrap({ name: "work" }, () => {});
    work();
    work();
    for (let call = 3; call <= 5; call += 1) work();
    const lines = recorder.spans.map((span) => siteOf(span).line);
    expect(lines.slice(0, 3)).not.toContain(undefined);
    expect(new Set(lines.slice(0, 3)).size).toBe(3);
    expect(lines.slice(3)).toEqual([undefined, undefined]);
  });

  test("never by spans that nobody keeps", () => {
    const tracerProvider = recordSpans({
      shouldSample: () => ({ decision: 0 }),
      toString: () => "none",
    }).provider;
    const work = make({ tracerProvider }).wrap({ name: "work" }, () => {});
    const stacks = countStacks();
    work();
    expect(stacks()).toBe(0);
  });
});

describe("it is left out where stacks are not what they were", () => {
  const { stackTraceLimit } = Error;
  afterEach(() => {
    Error.stackTraceLimit = stackTraceLimit;
    delete (Error as { prepareStackTrace?: unknown }).prepareStackTrace;
  });

  test.each<[string, () => void]>([
    ["an array of frames", () => (Error.prepareStackTrace = (_, frames) => frames)],
    ["nothing", () => (Error.prepareStackTrace = () => undefined)],
    [
      "a throw",
      () =>
        (Error.prepareStackTrace = () => {
          throw new Error("broken");
        }),
    ],
    ["nonsense", () => (Error.prepareStackTrace = () => "    at (((:1:1\n    at :::1:2)")],
  ])("%s", async (_what, change) => {
    const tasks = make();
    change();
    const value = await tasks.run("work", () => 1);
    delete (Error as { prepareStackTrace?: unknown }).prepareStackTrace;
    expect(value).toBe(1);
    expect(recorder.span("work").attributes["task.outcome"]).toBe("completed");
  });

  test("a limit of the process is kept, and does not hide the place", async () => {
    Error.stackTraceLimit = 1;
    await make().run("work", () => {});
    expect(Error.stackTraceLimit).toBe(1);
    expect(siteOf(recorder.span("work")).file).toBe(here);
  });
});

describe("in a process of its own", () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "taskscope site %23 "));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const root = new URL("../../../", import.meta.url);

  /** Runs a program that was made from another text; gives the places of its spans. */
  function sitesOf(program: string, map: string | undefined, flags: readonly string[]): unknown {
    const file = join(folder, "app.mjs");
    writeFileSync(file, map === undefined ? program : `${program}\n//# sourceMappingURL=app.mjs.map\n`);
    if (map !== undefined) writeFileSync(`${file}.map`, map);
    const { stdout, stderr, status } = spawnSync(process.execPath, [...flags, file], {
      cwd: fileURLToPath(root),
      encoding: "utf8",
    });
    expect(stderr).toBe("");
    expect(status).toBe(0);
    return JSON.parse(stdout);
  }

  const program = `
import { trace } from ${JSON.stringify(import.meta.resolve("@opentelemetry/api"))};
import { TracerProvider } from ${JSON.stringify(import.meta.resolve("@opentelemetry/sdk-trace"))};
import { createTracker } from ${JSON.stringify(new URL("src/index.ts", root).href)};
import { openTelemetry } from ${JSON.stringify(new URL("src/exporters/otel/index.ts", root).href)};
const sites = [];
const processor = {
  onStart() {}, forceFlush: async () => {}, shutdown: async () => {},
  onEnd: ({ attributes }) => sites.push([attributes["code.file.path"], attributes["code.line.number"]]),
};
const tracerProvider = new TracerProvider({ spanProcessors: [processor] });
const tasks = createTracker({ plugins: [openTelemetry({ tracerProvider })] });
await tasks.run("work", () => {});
console.log(JSON.stringify(sites));
`.trim();
  const runLine = program.split("\n").findIndex((line) => line.includes("tasks.run")) + 1;

  test("an ES module gives its path, decoded", () => {
    expect(sitesOf(program, undefined, ["--import", "tsx"])).toEqual([[join(folder, "app.mjs"), runLine]]);
  });

  test("with --enable-source-maps it is the place in the source", () => {
    // Every line of the program is the same line of app.ts, ten further down.
    const mappings = Array.from(program.split("\n"), (_, index) => (index === 0 ? "AAUA" : "AACA")).join(";");
    const map = JSON.stringify({ version: 3, sources: ["app.ts"], names: [], mappings });
    const flags = ["--enable-source-maps", "--import", "tsx"];
    expect(sitesOf(program, map, flags)).toEqual([[join(folder, "app.ts"), runLine + 10]]);
  });
});

import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { runProgram } from "../docs/run-program.ts";

const page = readFileSync(new URL("../../docs/events.md", import.meta.url), "utf8");
const sources = { taskscope: import.meta.resolve("../../src/index.ts") };

function blocks(language: string): string[] {
  return Array.from(
    page.matchAll(new RegExp(`\`\`\`${language}\\n(.*?)\`\`\``, "gs")),
    ([, code = ""]) => code,
  );
}

test("the example of subscribing prints what the page says it prints", () => {
  const [program = ""] = blocks("ts");
  const [printed = ""] = blocks("text");
  expect(runProgram(program, sources)).toEqual({ status: 0, stdout: printed, stderr: "" });
});

test("the examples of channels run, and hear of a task", () => {
  const task = `
    const { createTracker } = await import("taskscope");
    await createTracker().wrap("work", async () => 7)();`;
  const [channels = "", tracing = ""] = blocks("js");
  expect(runProgram(channels + task, sources, "channels.mjs").stdout).toMatch(/^completed work [\d.]+\n$/);
  expect(runProgram(tracing + task, sources, "tracing.mjs")).toEqual({
    status: 0,
    stdout: "work 7\n",
    stderr: "",
  });
});

test("the page names every kind of event with all of its fields, and none that does not exist", () => {
  const source = readFileSync(new URL("../../src/events/lifecycle-event.ts", import.meta.url), "utf8");
  const declared = Array.from(
    source.matchAll(/extends EventBase<"([a-z-]+)">(, TimesTaken)? \{(.*?)\}\n/gs),
    ([, kind, times, body = ""]) => [
      kind,
      ...Array.from(body.matchAll(/readonly (\w+):/g), ([, field]) => field),
      ...(times === undefined ? [] : ["durationMs", "queuedMs"]),
    ],
  );
  const documented = Array.from(
    page.matchAll(/^\| `([a-z-]+)` +\|[^|]*\|(.*)\|$/gm),
    ([, kind, cell = ""]) => [kind, ...Array.from(cell.matchAll(/`(\w+)`/g), ([, field]) => field)],
  );
  expect(declared.length).toBeGreaterThan(10);
  expect(documented.filter(([kind]) => kind !== "kind")).toEqual(declared);
});

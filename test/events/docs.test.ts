import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";

const page = readFileSync(new URL("../../docs/events.md", import.meta.url), "utf8");

function blocks(language: string): string[] {
  return Array.from(
    page.matchAll(new RegExp(`\`\`\`${language}\\n(.*?)\`\`\``, "gs")),
    ([, code = ""]) => code,
  );
}

/** Runs a program that imports the package, from the sources. */
function runProgram(code: string, fileName: string) {
  const folder = mkdtempSync(join(tmpdir(), "taskscope-docs-"));
  try {
    const path = join(folder, fileName);
    writeFileSync(
      path,
      code.replace('"taskscope"', JSON.stringify(import.meta.resolve("../../src/index.ts"))),
    );
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      ["--import", import.meta.resolve("tsx"), path],
      { encoding: "utf8", env: { ...process.env, NODE_OPTIONS: "" } },
    );
    return { status, stdout, stderr };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

test("the example of subscribing prints what the page says it prints", () => {
  const [program = ""] = blocks("ts");
  const [printed = ""] = blocks("text");
  expect(runProgram(program, "example.mts")).toEqual({ status: 0, stdout: printed, stderr: "" });
});

test("the examples of channels run, and hear of a task", () => {
  const task = `
    const { createTracker } = await import("taskscope");
    await createTracker().wrap("work", async () => 7)();`;
  const [channels = "", tracing = ""] = blocks("js");
  expect(runProgram(channels + task, "channels.mjs").stdout).toMatch(/^completed work [\d.]+\n$/);
  expect(runProgram(tracing + task, "tracing.mjs")).toEqual({ status: 0, stdout: "work 7\n", stderr: "" });
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

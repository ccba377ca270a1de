import { PassThrough } from "node:stream";
import { expect, test } from "vitest";
import { durationText, readDuration } from "../../src/cli/output/duration.ts";
import { safeJson, safeLine, safeText } from "../../src/cli/output/safe-text.ts";
import { painter, wantsColour } from "../../src/cli/output/style.ts";
import { tableLines } from "../../src/cli/output/table.ts";
import { openTerminal } from "../../src/cli/terminal.ts";

const hostile = "\u001b]0;title\u0007 \u009b31m \u202eabc\u2066 \u2028 \r\n\t \u200b \ud800 \u{e0001} \u007f";

test("control characters, lines, what turns text and what hides are shown by their codes", () => {
  expect(safeLine(hostile)).toBe(
    "\\x1b]0;title\\x07 \\x9b31m \\u{202e}abc\\u{2066} \\u{2028} \\x0d\\x0a\\x09 \\u{200b} \\u{d800} \\u{e0001} \\x7f",
  );
  expect(safeText("a\n\tb\u001b")).toBe("a\n\tb\\x1b");
  expect(safeLine("größer — 東京 👩‍🚀")).toBe("größer — 東京 👩\\u{200d}🚀");
});

test("JSON is harmless to a terminal, and means the same", () => {
  for (const indent of [undefined, 2]) {
    const json = safeJson({ hostile: [hostile] }, indent);
    expect(json).not.toMatch(/[^\P{C}\n]|[\u2028\u2029]/u);
    expect(JSON.parse(json)).toEqual({ hostile: [hostile] });
  }
});

test("columns of a table stand below each other, whatever is in them", () => {
  const columns = [{ title: "name" }, { title: "age", align: "right" as const }];
  const rows = [
    [{ text: "東京" }, { text: "1s" }],
    [{ text: "x\ny" }, { text: "1m30s" }],
    [{ text: "n".repeat(100) }, { text: "" }],
  ];
  expect(tableLines(columns, rows, painter(false))).toEqual([
    `NAME${" ".repeat(56)}    AGE`,
    `東京${" ".repeat(56)}     1s`,
    `x\\x0ay${" ".repeat(54)}  1m30s`,
    `${"n".repeat(59)}…`,
  ]);
});

test("colours are for terminals, and for those who have not said no", () => {
  expect(wantsColour({ isTTY: true }, {})).toBe(true);
  expect(wantsColour({ isTTY: true }, { NO_COLOR: "" })).toBe(true);
  expect(wantsColour({ isTTY: true }, { NO_COLOR: "1" })).toBe(false);
  expect(wantsColour({ isTTY: true }, { TERM: "dumb" })).toBe(false);
  expect(wantsColour({}, {})).toBe(false);
  expect(painter(true)("bad", "failed")).toBe("\u001b[31mfailed\u001b[39m");
  expect(painter(false)("bad", "failed")).toBe("failed");
});

test("progress is for terminals alone, and gone before the next line", () => {
  const shown = (isTTY: boolean): string => {
    const output = Object.assign(new PassThrough(), { isTTY });
    const terminal = openTerminal(new PassThrough(), output, output, {});
    terminal.progress("1 of 2\n");
    terminal.progress("2 of 2");
    terminal.say("done");
    terminal.progress(undefined);
    // One chunk at a time: of several, Node.js 26 gives the first.
    const read = (): Buffer | null => output.read() as Buffer | null;
    let text = "";
    for (let chunk = read(); chunk !== null; chunk = read()) text += chunk.toString();
    return text;
  };
  expect(shown(true)).toBe("\r\u001b[K1 of 2\\x0a\r\u001b[K2 of 2\r\u001b[Kdone\n");
  expect(shown(false)).toBe("done\n");
});

test.each([
  [0, "0ms"],
  [999.4, "999ms"],
  [1_000, "1s"],
  [59_999, "59.9s"],
  [60_000, "1m"],
  [245_000, "4m5s"],
  [7_800_000, "2h10m"],
  [273_600_000, "3d4h"],
])("%d ms are %s", (durationMs, text) => {
  expect(durationText(durationMs)).toBe(text);
});

test.each([
  ["500ms", 500],
  ["30", 30_000],
  ["1.5s", 1_500],
  ["5m", 300_000],
  ["2h", 7_200_000],
  ["1d", 86_400_000],
])("%s is a time of %d ms", (text, durationMs) => {
  expect(readDuration(text)).toBe(durationMs);
});

test.each(["", "s", "-1s", "1w", "1e3", "Infinity"])("%j is no time", (text) => {
  expect(() => readDuration(text)).toThrow("It takes a time such as");
});

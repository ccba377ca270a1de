import { describe, expect, test } from "vitest";
import { cell, fitLine, widthOf, wrapText } from "../../src/cli/top/cell.ts";
import { formatMs, formatProgress } from "../../src/cli/top/format.ts";
import { paint } from "../../src/cli/top/paint.ts";
import { sparkline } from "../../src/cli/top/sparkline.ts";
import { span } from "../../src/cli/top/styled-line.ts";

describe("a cell", () => {
  test.each([
    ["abc", 5, "abc  "],
    ["abcdef", 5, "abcd…"],
    ["", 3, "   "],
    ["画像画像", 5, "画像…"],
    ["画像画像", 6, "画… "],
    ["a\u001B[2Jb", 9, "a\\x1b[2Jb"],
    ["abc", 0, ""],
  ])("of %j in %i columns is %j", (text, width, wanted) => {
    const fitted = cell(text, width);
    expect(widthOf(fitted)).toBe(width);
    if (!text.startsWith("画")) expect(fitted).toBe(wanted);
    else expect(fitted).toContain("…");
  });

  test("is right-aligned on request", () => {
    expect(cell("7", 3, "right")).toBe("  7");
  });

  test("of a huge text is made of its beginning alone", () => {
    expect(cell("x".repeat(10_000_000), 4)).toBe("xxx…");
  });
});

test("text is broken at spaces, and a word that is too long anywhere", () => {
  expect(wrapText("one two three", 8)).toEqual(["one two", "three"]);
  expect(wrapText("abcdefghij", 4)).toEqual(["abcd", "efgh", "ij"]);
  expect(wrapText("a\nb", 4)).toEqual(["a", "b"]);
  expect(wrapText("", 4)).toEqual([""]);
  expect(wrapText("x ".repeat(1_000), 4, 3)).toHaveLength(3);
});

test("a line is cut in the middle of a wide character without becoming wider", () => {
  const line = fitLine([span("ab"), span("画像")], 5);
  expect(widthOf(line.map(({ text }) => text).join(""))).toBe(5);
});

describe("a painted line", () => {
  test("has colours, or none where they are not wanted", () => {
    expect(paint([span("bad", "bad")], true)).toBe("\u001B[31mbad\u001B[0m");
    expect(paint([span("bad", "bad")], false)).toBe("bad");
  });

  test("shows without colours too which row is looked at", () => {
    expect(paint([span("row", "selected")], false)).toContain("\u001B[7m");
  });

  test("stands in its columns after characters that terminals do not agree on", () => {
    expect(paint([span("画"), span("x")], false)).toBe("画\u001B[3Gx");
  });
});

test("durations are short, and fine where they are small", () => {
  const texts = [0, 0.25, 1.25, 85, 999.6, 24_000, 61_000, 3_725_000, 90_000_000, undefined].map(formatMs);
  expect(texts).toEqual(["0", "250µs", "1.3ms", "85ms", "1.0s", "24.0s", "1m1s", "1h2m", "1d1h", "–"]);
});

test("progress is a share where it is known of how much", () => {
  expect(formatProgress({ done: 45, total: 100 })).toBe("45 %");
  expect(formatProgress({ done: 450, total: 100 })).toBe("100 %");
  expect(formatProgress({ done: 4_500 })).toBe("4,500");
  expect(formatProgress({ done: null })).toBe("");
  expect(formatProgress(undefined)).toBe("");
});

test("a sparkline has its latest value at the right, gaps stay blank, and nothing is the lowest bar", () => {
  expect(sparkline([0, 4, 8, undefined, 8], 6)).toBe(" ▁▅█ █");
  expect(sparkline([1, 2, 3], 2)).toBe("▆█");
  expect(sparkline([], 3)).toBe("   ");
  expect(sparkline([0, 0], 2)).toBe("▁▁");
});

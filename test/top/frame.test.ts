import { beforeEach, describe, expect, test, vi } from "vitest";
import { widthOf } from "../../src/cli/top/cell.ts";
import { bodyOf, drawFrame } from "../../src/cli/top/frame.ts";
import type { Size } from "../../src/cli/top/frame.ts";
import { blankPicture } from "../../src/cli/top/picture.ts";
import type { Picture } from "../../src/cli/top/picture.ts";
import { settle } from "../../src/cli/top/settle.ts";
import { plainText } from "../../src/cli/top/styled-line.ts";
import type { Line } from "../../src/cli/top/styled-line.ts";
import { firstState } from "../../src/cli/top/top-state.ts";
import type { Page, TopState } from "../../src/cli/top/top-state.ts";
import { firing, noCounts, NOW_MS, samplePicture, sampleTask } from "./sample-picture.ts";

// Instants are shown by the clock of the reader.
beforeEach(() => void vi.stubEnv("TZ", "UTC"));

function frameOf(picture: Picture, given: Partial<TopState>, size: Size): Line[] {
  const state = { ...firstState, ...given };
  return drawFrame(picture, settle(state, bodyOf(picture, state, size)), size);
}

const textOf = (lines: readonly Line[]): string => `${lines.map(plainText).join("\n")}\n`;

const pages: readonly Page[] = ["tasks", "names", "types", "tree", "warnings", "task", "help"];

describe("a frame looks as in its golden file", () => {
  test.each([
    [60, 15],
    [80, 24],
    [120, 35],
    [200, 50],
  ])("the tasks at %i×%i", async (columns, rows) => {
    const lines = frameOf(samplePicture(), { at: 1 }, { columns, rows });
    await expect(textOf(lines)).toMatchFileSnapshot(`golden/tasks-${columns}x${rows}.txt`);
  });

  test.each(pages.filter((page) => page !== "tasks"))("the page %s at 100×30", async (page) => {
    const lines = frameOf(samplePicture(), { page, taskId: 17 }, { columns: 100, rows: 30 });
    await expect(textOf(lines)).toMatchFileSnapshot(`golden/${page}-100x30.txt`);
  });

  test("the server has gone", async () => {
    const link = { state: "lost", sinceMs: NOW_MS + 4_000, why: "cannot reach it", exitCode: 3 } as const;
    const lines = frameOf({ ...samplePicture(), link }, {}, { columns: 80, rows: 24 });
    await expect(textOf(lines)).toMatchFileSnapshot("golden/lost-80x24.txt");
  });

  test("nothing is known yet", async () => {
    const lines = frameOf(blankPicture("http://127.0.0.1:9465"), {}, { columns: 80, rows: 24 });
    await expect(textOf(lines)).toMatchFileSnapshot("golden/blank-80x24.txt");
  });
});

test("every line of every page is as wide as the screen, whatever tasks are called", () => {
  for (const page of pages)
    for (const [columns, rows] of [
      [1, 1],
      [10, 4],
      [30, 8],
      [59, 15],
      [72, 19],
      [118, 20],
      [300, 100],
    ] as const) {
      const lines = frameOf(samplePicture(), { page, taskId: 17 }, { columns, rows });
      expect(lines.length, page).toBe(rows);
      for (const line of lines) expect(widthOf(plainOf(line)), `${page} ${columns}`).toBe(columns);
    }
});

test("nothing that moves the cursor or turns the writing gets onto the screen", () => {
  const evil = "x\u001B[2J\u202E\n\u0007\u009B2J";
  const sample = samplePicture();
  const picture: Picture = {
    ...sample,
    url: `http://${evil}`,
    samples: sample.samples.map((each) => ({
      ...each,
      stats: { ...each.stats, process: { ...each.stats.process, name: evil }, byType: { [evil]: noCounts } },
    })),
    series: sample.series.map((each) => ({ ...each, name: evil, type: evil })),
    alerts: [{ ...firing, name: evil, summary: evil, description: evil, runbookUrl: evil }],
    stuck: [sampleTask({ id: 1, name: evil, type: evil })],
    tree: [{ ...sampleTask({ id: 1, name: evil, key: evil }), children: [] }],
    taskView: {
      id: 17,
      task: sampleTask({
        id: 17,
        name: evil,
        type: evil,
        key: evil,
        errorType: evil,
        attributes: { [evil]: evil },
      }),
      ancestors: [sampleTask({ id: 1, name: evil })],
      children: [sampleTask({ id: 2, name: evil })],
      childTotal: 1,
    },
  };
  const states: readonly Partial<TopState>[] = [
    ...pages.map((page) => ({ page, taskId: 17 })),
    { filter: evil, only: { type: evil, name: evil } },
    { note: { text: evil, tone: "bad" } },
    { prompt: { kind: "cancel", id: 1, name: evil, managed: true } },
  ];
  const links: readonly Picture["link"][] = [
    { state: "live" },
    { state: "lost", sinceMs: NOW_MS, why: evil, exitCode: 3 },
  ];
  for (const state of states)
    for (const link of links) {
      const text = frameOf({ ...picture, link }, state, { columns: 200, rows: 50 })
        .flat()
        .map((span) => span.text)
        .join("");
      expect(text, JSON.stringify(state)).not.toMatch(/[\p{Cc}\p{Bidi_Control}]/u);
    }
});

test("of ten thousand tasks only those are drawn that are on the screen", () => {
  let drawn = 0;
  const tasks = Array.from({ length: 10_000 }, (_, at) =>
    Object.defineProperty(sampleTask({ id: at + 1 }), "name", { get: () => ((drawn += 1), "x") }),
  );
  const size = { columns: 120, rows: 35 };
  const lines = frameOf({ ...samplePicture(), tasks, taskTotal: 10_000 }, { at: 9_999 }, size);
  expect(lines.map(plainText).join("\n")).toContain("of 10,000");
  expect(drawn).toBeLessThanOrEqual(size.rows);
});

test("the row that is looked at stays on its task when that moves", () => {
  const picture = samplePicture();
  const size = { columns: 80, rows: 24 };
  const state: TopState = { ...firstState, at: 1, key: "12" };
  const moved: Picture = { ...picture, tasks: [...picture.tasks].reverse() };
  const settled = settle(state, bodyOf(moved, state, size));
  expect(moved.tasks[settled.at]?.id).toBe(12);
});

test("a question and a note take the last line", () => {
  const size = { columns: 100, rows: 20 };
  const last = (given: Partial<TopState>): string =>
    plainText(frameOf(samplePicture(), given, size).at(-1) ?? []);
  expect(last({ prompt: { kind: "filter", text: "ma" } })).toMatch(/^Filter: ma/);
  expect(last({ prompt: { kind: "cancel", id: 7, name: "\u001B[2Jx", managed: true } })).toMatch(
    /^Cancel \\x1b\[2Jx #7\? .*y yes .*n no .*It ends now, with its children/,
  );
  expect(last({ note: { text: "Task 7 was left alone.", tone: "plain" } })).toBe("Task 7 was left alone.");
  expect(last({})).toMatch(/^F1Help/);
});

function plainOf(line: Line): string {
  return line.map(({ text }) => text).join("");
}

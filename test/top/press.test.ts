import { describe, expect, test } from "vitest";
import { bodyOf } from "../../src/cli/top/frame.ts";
import type { Key } from "../../src/cli/top/keys.ts";
import type { Picture } from "../../src/cli/top/picture.ts";
import { press } from "../../src/cli/top/press.ts";
import type { Effect } from "../../src/cli/top/pressed.ts";
import { settle } from "../../src/cli/top/settle.ts";
import { firstState } from "../../src/cli/top/top-state.ts";
import type { TopState } from "../../src/cli/top/top-state.ts";
import { wantsOf } from "../../src/cli/top/wants-of.ts";
import { samplePicture, sampleTask } from "./sample-picture.ts";

const size = { columns: 100, rows: 24 };

/** Presses one key after the other; what is typed is a key each. */
function pressed(
  keys: readonly (Key | string)[],
  given: Partial<TopState> = {},
  picture: Picture = samplePicture(),
): { state: TopState; effects: Effect[] } {
  let state: TopState = { ...firstState, ...given };
  const effects: Effect[] = [];
  for (const key of keys.flatMap((each) => (typeof each === "string" ? typed(each) : [each]))) {
    const body = bodyOf(picture, state, size);
    const next = press(settle(state, body), key, { picture, body });
    if (next.effect !== undefined) effects.push(next.effect);
    state = next.state;
  }
  return { state: settle(state, bodyOf(picture, state, size)), effects };
}

const typed = (text: string): Key[] =>
  Array.from(text, (character) => ({ name: character.toLowerCase(), sequence: character }));
const named = (name: string): Key => ({ name, sequence: `\u001B[${name}` });

const enter: Key = { name: "return", sequence: "\r" };
const escape: Key = { name: "escape", sequence: "\u001B", meta: true };

describe("moving", () => {
  test("goes by rows, by screens and to the ends", () => {
    const many: Picture = {
      ...samplePicture(),
      tasks: Array.from({ length: 400 }, (_, at) => sampleTask({ id: at + 1 })),
      taskTotal: 9_000,
    };
    const at = (...names: string[]): number => pressed(names.map(named), {}, many).state.at;
    const { height } = bodyOf(many, firstState, size);
    expect(at("down", "down", "up")).toBe(1);
    expect(at("up")).toBe(0);
    expect(at("pagedown", "down")).toBe(height);
    expect(at("pagedown", "pageup")).toBe(0);
    expect(at("end")).toBe(399);
    expect(at("end", "up")).toBe(398);
    expect(at("end", "home")).toBe(0);
  });

  test("what is far down is asked for, and all that there is for the end of it", () => {
    const count = (state: Partial<TopState>): number | undefined =>
      wantsOf({ ...firstState, ...state }, 30).tasks?.count;
    expect(count({})).toBe(500);
    expect(count({ at: 450 })).toBe(1_000);
    expect(count({ isAtEnd: true })).toBe(10_000);
    expect(count({ at: 1_000_000 })).toBe(10_000);
  });
});

describe("sorting and choosing", () => {
  test.each([
    ["T", { order: "duration", isReversed: false }],
    ["TI", { order: "duration", isReversed: true }],
    ["N", { order: "name" }],
    [">", { order: "duration" }],
    ["<", { order: "state" }],
    ["s", { states: "running" }],
    ["S", { states: "all" }],
    ["g", { page: "names" }],
    ["gg", { page: "types" }],
    ["ggg", { page: "tasks" }],
    ["g>", { page: "names", seriesOrder: "started" }],
    ["t", { page: "tree" }],
    ["tt", { page: "tasks" }],
    ["w", { page: "warnings" }],
    ["p", { isPaused: true }],
    ["pp", { isPaused: false }],
    ["?", { page: "help", pageBefore: "tasks" }],
    ["t?h", { page: "tree" }],
  ])("%s gives %j", (keys, wanted) => {
    expect(pressed([keys]).state).toMatchObject(wanted);
  });

  test("the function keys do what their letters do", () => {
    const letters = ["?", "w", "/", "\\", "t", ">", "s", "g"];
    for (const [at, letter] of letters.entries())
      expect(pressed([named(`f${at + 1}`)]), letter).toEqual(pressed([letter]));
    expect(pressed([named("f10")]).effects).toEqual([{ kind: "quit" }]);
    expect(pressed(["q"]).effects).toEqual([{ kind: "quit" }]);
    expect(pressed([{ name: "c", ctrl: true, sequence: "\u0003" }]).effects).toEqual([{ kind: "quit" }]);
  });

  test("a filter is typed, and holds from Enter on; Esc leaves it as it was", () => {
    expect(pressed(["\\", "mail", { name: "backspace", sequence: "\u007F" }, enter]).state).toMatchObject({
      filter: "mai",
      prompt: undefined,
    });
    expect(pressed(["\\", "mail", escape], { filter: "old" }).state).toMatchObject({
      filter: "old",
      prompt: undefined,
    });
    expect(
      pressed(["\\", { name: "u", ctrl: true, sequence: "\u0015" }, enter], { filter: "old" }).state.filter,
    ).toBe("");
  });

  test("while something is typed its letters are no commands", () => {
    const { state, effects } = pressed(["\\", "quit?"]);
    expect(effects).toEqual([]);
    expect(state.prompt).toEqual({ kind: "filter", text: "quit?" });
  });

  test("a search goes to the row at once, and on to the next", () => {
    const ids = (state: TopState): number | undefined => samplePicture().tasks[state.at]?.id;
    expect(ids(pressed(["/", "media"]).state)).toBe(12);
    expect(ids(pressed(["/", "media", enter, "n"]).state)).toBe(13);
    expect(ids(pressed(["/", "image/17"]).state)).toBe(12);
    const none = pressed(["/", "zzz"]).state;
    expect(none.note?.text).toContain("zzz");
  });

  test("Enter on a group shows its tasks, Esc all of them again", () => {
    const { state } = pressed(["g", enter]);
    expect(state).toMatchObject({ page: "tasks", only: { type: "media", name: "resize-image" } });
    expect(wantsOf(state, 10).tasks?.only).toEqual({ type: "media", name: "resize-image" });
    expect(pressed([escape], state).state.only).toBeUndefined();
  });
});

describe("one task", () => {
  test("Enter shows all of it, Esc leads back to its row", () => {
    const shown = pressed([named("down"), enter]).state;
    expect(shown).toMatchObject({ page: "task", taskId: 12 });
    expect(wantsOf(shown, 10)).toMatchObject({ taskId: 12, tasks: undefined });
    expect(pressed([escape], shown).state).toMatchObject({ page: "tasks", at: 1, key: "12" });
  });

  test("branches of the tree close and open", () => {
    const closed = pressed(["t", named("left")]).state;
    expect(bodyOf(samplePicture(), closed, size).rows.length).toBe(2);
    const open = pressed([named("right")], closed).state;
    expect(bodyOf(samplePicture(), open, size).rows.length).toBe(5);
  });
});

describe("cancelling", () => {
  test("asks first, and is done on y alone", () => {
    expect(pressed(["k"]).state.prompt).toEqual({
      kind: "cancel",
      id: 7,
      name: "import-catalogue",
      managed: true,
    });
    expect(pressed(["k", "y"]).effects).toEqual([{ kind: "cancel", id: 7 }]);
    for (const no of ["n", "q", enter, escape]) {
      const { state, effects } = pressed(["k", no]);
      expect(effects).toEqual([]);
      expect(state.prompt).toBeUndefined();
      expect(state.note?.text).toContain("left alone");
    }
  });

  test("says why not where the process only shows its tasks, where one has ended, and where there is none", () => {
    const note = (picture: Picture, given: Partial<TopState> = {}): string | undefined =>
      pressed(["k"], given, picture).state.note?.text;
    expect(note({ ...samplePicture(), actions: false })).toContain("httpApi({ actions: true })");
    expect(note(samplePicture(), { at: 6 })).toContain("has ended already");
    expect(note({ ...samplePicture(), tasks: [] })).toContain("no task");
    expect(note(samplePicture(), { page: "warnings" })).toContain("no task");
  });

  test("is tried where the process does not say what may be done", () => {
    expect(pressed(["k", "y"], {}, { ...samplePicture(), actions: undefined }).effects).toHaveLength(1);
  });
});

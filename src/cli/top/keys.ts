/** A key as `node:readline` names it. */
export interface Key {
  readonly name?: string | undefined;
  readonly sequence?: string | undefined;
  readonly ctrl?: boolean | undefined;
  readonly meta?: boolean | undefined;
  readonly shift?: boolean | undefined;
}

/** What a key asks for. */
export type Command =
  | "help"
  | "warnings"
  | "search"
  | "search-next"
  | "filter"
  | "tree"
  | "order"
  | "order-back"
  | "by-age"
  | "by-duration"
  | "by-name"
  | "reverse"
  | "states"
  | "states-back"
  | "group"
  | "cancel"
  | "quit"
  | "page"
  | "enter"
  | "back"
  | "pause"
  | "open"
  | "close"
  | "up"
  | "down"
  | "page-up"
  | "page-down"
  | "first"
  | "last"
  | "redraw"
  | "suspend";

interface KeyRow {
  readonly command: Command;
  /** By the names of `node:readline`, or as the character that is typed; `^` is the control key. */
  readonly keys: readonly string[];
  /** How the keys are called in the help. */
  readonly shown: string;
  readonly help: string;
  /** In the last line of the screen: the key and its word, and how soon it gives way on narrow screens. */
  readonly footer?: { readonly key: string; readonly word: string; readonly rank: number };
}

/** All keys, in the order of the help. Those of htop where htop has one for it. */
export const keyTable: readonly KeyRow[] = [
  {
    command: "help",
    keys: ["f1", "?", "h"],
    shown: "F1 ? h",
    help: "this page",
    footer: { key: "F1", word: "Help", rank: 0 },
  },
  {
    command: "warnings",
    keys: ["f2", "w"],
    shown: "F2 w",
    help: "what may be wrong, and what to do about it; alerts",
    footer: { key: "F2", word: "Warn", rank: 3 },
  },
  {
    command: "search",
    keys: ["f3", "/"],
    shown: "F3 /",
    help: "go to the next row whose name, type, key or id has a text",
    footer: { key: "F3", word: "Search", rank: 6 },
  },
  { command: "search-next", keys: ["n"], shown: "n", help: "and to the next one" },
  {
    command: "filter",
    keys: ["f4", "\\"],
    shown: "F4 \\",
    help: "only rows whose name, type or key has a text; an empty one ends it",
    footer: { key: "F4", word: "Filter", rank: 2 },
  },
  {
    command: "tree",
    keys: ["f5", "t"],
    shown: "F5 t",
    help: "live tasks below those that started them, and back",
    footer: { key: "F5", word: "Tree", rank: 4 },
  },
  {
    command: "order",
    keys: ["f6", ">", "."],
    shown: "F6 > .",
    help: "sort by the next column",
    footer: { key: "F6", word: "Sort", rank: 5 },
  },
  { command: "order-back", keys: ["<", ","], shown: "< ,", help: "sort by the column before" },
  { command: "by-age", keys: ["A"], shown: "A", help: "sort tasks by age" },
  { command: "by-duration", keys: ["T"], shown: "T", help: "sort tasks by the time they run" },
  { command: "by-name", keys: ["N"], shown: "N", help: "sort by name" },
  { command: "reverse", keys: ["I"], shown: "I", help: "sort the other way round" },
  {
    command: "states",
    keys: ["f7", "s"],
    shown: "F7 s",
    help: "live, running, queued, completed, failed, cancelled, or all tasks",
    footer: { key: "F7", word: "State", rank: 7 },
  },
  { command: "states-back", keys: ["S"], shown: "S", help: "the same, backwards" },
  {
    command: "group",
    keys: ["f8", "g"],
    shown: "F8 g",
    help: "grouped by name, by type, or not at all; Enter shows the tasks of a group",
    footer: { key: "F8", word: "Group", rank: 8 },
  },
  {
    command: "cancel",
    keys: ["f9", "k"],
    shown: "F9 k",
    help: "ask the task to stop, after a question",
    footer: { key: "F9", word: "Cancel", rank: 1 },
  },
  {
    command: "quit",
    keys: ["f10", "q", "^c"],
    shown: "F10 q",
    help: "quit",
    footer: { key: "F10", word: "Quit", rank: 0 },
  },
  { command: "page", keys: ["tab"], shown: "Tab", help: "the next page" },
  {
    command: "enter",
    keys: ["return", "enter"],
    shown: "Enter",
    help: "all of the task, or the tasks of the group",
  },
  {
    command: "back",
    keys: ["escape", "backspace"],
    shown: "Esc",
    help: "back; on the tasks: end the filter",
  },
  {
    command: "pause",
    keys: ["p", "Z", "space"],
    shown: "p Z Space",
    help: "stop what is shown, not what runs; and go on",
  },
  { command: "open", keys: ["right", "+"], shown: "→ +", help: "in the tree: show what is below" },
  { command: "close", keys: ["left", "-"], shown: "← -", help: "in the tree: hide what is below" },
  { command: "up", keys: ["up"], shown: "↑ ↓", help: "move" },
  { command: "down", keys: ["down", "j"], shown: "j", help: "down" },
  { command: "page-up", keys: ["pageup", "^b"], shown: "PgUp PgDn", help: "move by a screen" },
  { command: "page-down", keys: ["pagedown", "^f"], shown: "", help: "" },
  { command: "first", keys: ["home"], shown: "Home End", help: "the first or last row" },
  { command: "last", keys: ["end", "G"], shown: "", help: "" },
  { command: "redraw", keys: ["^l"], shown: "Ctrl-L", help: "draw everything again" },
  { command: "suspend", keys: ["^z"], shown: "Ctrl-Z", help: "back to the shell for a while; fg goes on" },
];

const byKey: ReadonlyMap<string, Command> = new Map(
  keyTable.flatMap(({ command, keys }) => keys.map((key): [string, Command] => [key, command])),
);

/** What a key asks for; `undefined` for one that asks for nothing. */
export function commandOf({ name, sequence, ctrl, meta }: Key): Command | undefined {
  if (ctrl === true) return byKey.get(`^${name ?? ""}`);
  if (meta === true && name !== "escape") return undefined;
  // What is typed goes before its name: readline calls both `n` and `N` by one.
  return (sequence === undefined ? undefined : byKey.get(sequence)) ?? byKeyName(name, sequence);
}

/** What a key types; `undefined` for keys that type nothing. */
export function typedBy({ sequence, ctrl, meta }: Key): string | undefined {
  if (ctrl === true || meta === true || sequence === undefined) return undefined;
  return /^\P{C}+$/u.test(sequence) ? sequence : undefined;
}

function byKeyName(name: string | undefined, sequence: string | undefined): Command | undefined {
  const isTyped = sequence !== undefined && sequence.length === 1 && sequence > " ";
  return name === undefined || isTyped ? undefined : byKey.get(name);
}

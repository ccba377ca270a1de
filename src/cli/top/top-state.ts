import type { SeriesOrder } from "./series-order.ts";
import type { StateFilter, TaskOrder } from "./task-order.ts";
import type { Tone } from "./styled-line.ts";

/** What the lower part of the screen shows. */
export type Page = "tasks" | "names" | "types" | "tree" | "warnings" | "task" | "help";

/** A question in the last line. */
export type Prompt =
  | { readonly kind: "filter"; readonly text: string }
  | { readonly kind: "search"; readonly text: string }
  | { readonly kind: "cancel"; readonly id: number; readonly name: string; readonly managed: boolean };

/** Which series the tasks are of. */
export interface Only {
  readonly type: string;
  readonly name?: string;
}

/** What somebody looks at, and how. A value: each key gives another one. */
export interface TopState {
  readonly page: Page;
  /** Where Esc leads to from `task` and `help`. */
  readonly pageBefore: Page;
  /** Of the page `task`. */
  readonly taskId: number | undefined;
  readonly order: TaskOrder;
  readonly isReversed: boolean;
  readonly seriesOrder: SeriesOrder;
  readonly isSeriesReversed: boolean;
  readonly states: StateFilter;
  readonly filter: string;
  readonly only: Only | undefined;
  readonly search: string;
  /** Branches of the tree whose twigs are hidden. */
  readonly closed: ReadonlySet<number>;
  /** The row that is looked at, and how it is called: it stays with its task when that moves. */
  readonly at: number;
  readonly key: string | undefined;
  /** The first row on the screen. */
  readonly top: number;
  /** Whether the last row is looked at, whichever that is: more rows may come. */
  readonly isAtEnd: boolean;
  readonly isPaused: boolean;
  readonly prompt: Prompt | undefined;
  /** What came of the last key, if that has to be said. */
  readonly note: { readonly text: string; readonly tone: Tone } | undefined;
}

/** What is looked at first. */
export const firstState: TopState = {
  page: "tasks",
  pageBefore: "tasks",
  taskId: undefined,
  order: "age",
  isReversed: false,
  seriesOrder: "running",
  isSeriesReversed: false,
  states: "live",
  filter: "",
  only: undefined,
  search: "",
  closed: new Set(),
  at: 0,
  key: undefined,
  top: 0,
  isAtEnd: false,
  isPaused: false,
  prompt: undefined,
  note: undefined,
};

import type { TaskInfo } from "../../task/index.ts";
import { findRow } from "./find-row.ts";
import type { Body } from "./frame.ts";
import { commandOf } from "./keys.ts";
import type { Command, Key } from "./keys.ts";
import type { Pressed, Situation } from "./pressed.ts";
import { pressInPrompt } from "./press-in-prompt.ts";
import type { Picture } from "./picture.ts";
import { isText } from "./rows.ts";
import { seriesOrders } from "./series-order.ts";
import { settle } from "./settle.ts";
import { stateFilters, taskOrders } from "./task-order.ts";
import type { Page, TopState } from "./top-state.ts";

/** What a key does. The state has to be settled; the one it gives is not. */
export function press(state: TopState, key: Key, situation: Situation): Pressed {
  const calm: TopState = { ...state, note: undefined };
  if (state.prompt !== undefined) return pressInPrompt(calm, state.prompt, key, situation);
  const command = commandOf(key);
  return command === undefined ? { state: calm } : obey(calm, command, situation);
}

const looks = ["tasks", "names", "types", "tree", "warnings"] as const satisfies readonly Page[];

function obey(state: TopState, command: Command, situation: Situation): Pressed {
  const { height } = situation.body;
  switch (command) {
    case "quit":
      return { state, effect: { kind: "quit" } };
    case "suspend":
      return { state, effect: { kind: "suspend" } };
    case "redraw":
      return { state, effect: { kind: "redraw" } };
    case "help":
      return { state: state.page === "help" ? back(state) : aside(state, "help") };
    case "warnings":
      return { state: goTo(state, state.page === "warnings" ? "tasks" : "warnings") };
    case "tree":
      return { state: goTo(state, state.page === "tree" ? "tasks" : "tree") };
    case "group":
      return {
        state: goTo(state, state.page === "names" ? "types" : state.page === "types" ? "tasks" : "names"),
      };
    case "page":
      return { state: goTo(state, next(looks, looks.find((each) => each === state.page) ?? "warnings", 1)) };
    case "back":
      return { state: back(state) };
    case "pause":
      return { state: { ...state, isPaused: !state.isPaused } };
    case "filter":
      return { state: { ...state, prompt: { kind: "filter", text: state.filter } } };
    case "search":
      return isText(state) ? { state } : { state: { ...state, prompt: { kind: "search", text: "" } } };
    case "search-next":
      return { state: state.search === "" ? state : findRow(state, situation.body, state.search, 1) };
    case "cancel":
      return { state: askToCancel(state, situation) };
    case "enter":
      return { state: enter(state, situation.body) };
    case "states":
    case "states-back": {
      const states = next(stateFilters, state.states, command === "states" ? 1 : -1);
      return { state: toTop({ ...goTo(state, "tasks"), states }) };
    }
    case "reverse":
      return {
        state: toTop(
          state.page === "names"
            ? { ...state, isSeriesReversed: !state.isSeriesReversed }
            : { ...state, isReversed: !state.isReversed },
        ),
      };
    case "order":
    case "order-back":
      return { state: otherOrder(state, command === "order" ? 1 : -1) };
    case "by-age":
      return { state: toTop({ ...goTo(state, "tasks"), order: "age", isReversed: false }) };
    case "by-duration":
      return { state: toTop({ ...goTo(state, "tasks"), order: "duration", isReversed: false }) };
    case "by-name":
      return {
        state: toTop(
          state.page === "names"
            ? { ...state, seriesOrder: "name", isSeriesReversed: false }
            : { ...goTo(state, "tasks"), order: "name", isReversed: false },
        ),
      };
    case "open":
    case "close":
      return { state: toggle(state, situation.body, command === "close") };
    case "up":
      return { state: move(state, situation.body, -1) };
    case "down":
      return { state: move(state, situation.body, 1) };
    case "page-up":
      return { state: move(state, situation.body, -Math.max(height - 1, 1)) };
    case "page-down":
      return { state: move(state, situation.body, Math.max(height - 1, 1)) };
    case "first":
      return { state: toTop(state) };
    case "last":
      return { state: { ...state, key: undefined, isAtEnd: true } };
  }
}

/** Another page, from its beginning. */
function goTo(state: TopState, page: Page): TopState {
  return page === state.page ? state : toTop({ ...state, page });
}

/** A page that one comes back from. */
function aside(state: TopState, page: "help" | "task"): TopState {
  const isAside = state.page === "help" || state.page === "task";
  return toTop({ ...state, page, pageBefore: isAside ? state.pageBefore : state.page });
}

function back(state: TopState): TopState {
  if (state.page === "help" || state.page === "task") {
    // Where it was: the row of the task.
    const key = state.page === "task" && state.taskId !== undefined ? String(state.taskId) : undefined;
    return { ...toTop(state), page: state.pageBefore, key };
  }
  if (state.page === "tasks") return toTop({ ...state, filter: "", only: undefined, search: "" });
  return goTo(state, "tasks");
}

function toTop(state: TopState): TopState {
  return { ...state, at: 0, key: undefined, top: 0, isAtEnd: false };
}

function move(state: TopState, body: Body, by: number): TopState {
  if (isText(state)) return settle({ ...state, top: state.top + by, isAtEnd: false }, body);
  const at = Math.min(Math.max(state.at + by, 0), Math.max(body.rows.length - 1, 0));
  return settle({ ...state, at, key: body.rows[at]?.key, isAtEnd: false }, body);
}

function otherOrder(state: TopState, by: 1 | -1): TopState {
  if (state.page === "names")
    return toTop({
      ...state,
      seriesOrder: next(seriesOrders, state.seriesOrder, by),
      isSeriesReversed: false,
    });
  return toTop({ ...goTo(state, "tasks"), order: next(taskOrders, state.order, by), isReversed: false });
}

function enter(state: TopState, { rows }: Body): TopState {
  const row = rows[state.at];
  switch (row?.kind) {
    case "task":
      return { ...aside(state, "task"), taskId: row.row.task.id };
    case "series":
      return ofSeries(state, { type: row.row.series.type, name: row.row.series.name });
    case "type":
      return ofSeries(state, { type: row.row.type });
    default:
      return state;
  }
}

function ofSeries(state: TopState, only: NonNullable<TopState["only"]>): TopState {
  return { ...goTo(state, "tasks"), only, filter: "" };
}

function toggle(state: TopState, { rows }: Body, isClosing: boolean): TopState {
  const row = rows[state.at];
  if (state.page !== "tree" || row?.kind !== "task" || row.twigs === 0) return state;
  const closed = new Set(state.closed);
  if (isClosing) closed.add(row.row.task.id);
  else closed.delete(row.row.task.id);
  return { ...state, closed, key: row.key };
}

/** Asks first. Where it cannot be done it says why. */
function askToCancel(state: TopState, { picture, body }: Situation): TopState {
  const task = taskAt(state, picture, body);
  const say = (text: string): TopState => ({ ...state, note: { text, tone: "warn" } });
  if (task === undefined) return say("There is no task here to cancel.");
  if (task.endedAtMs !== undefined) return say(`Task ${task.id} has ended already.`);
  if (picture.actions === false)
    return say("This process only shows its tasks: httpApi({ actions: true }) lets you cancel them.");
  const { id, name, managed } = task;
  return { ...state, prompt: { kind: "cancel", id, name, managed } };
}

function taskAt(state: TopState, picture: Picture, { rows }: Body): TaskInfo | undefined {
  if (state.page === "task")
    return picture.taskView?.id === state.taskId ? picture.taskView?.task : undefined;
  const row = rows[state.at];
  return row?.kind === "task" ? row.row.task : undefined;
}

function next<Each>(all: readonly Each[], now: Each, by: 1 | -1): Each {
  return all[(all.indexOf(now) + by + all.length) % all.length] ?? now;
}

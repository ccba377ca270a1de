import type { TaskInfo } from "../../task/index.ts";
import { cell, wrapText } from "./cell.ts";
import { formatClock, formatCount, formatMs, formatProgress } from "./format.ts";
import { takenAtMs } from "./picture.ts";
import type { Picture, TaskView } from "./picture.ts";
import { span } from "./styled-line.ts";
import type { Line } from "./styled-line.ts";
import { noteText, stateText, toneOfState } from "./task-columns.ts";

const LABEL_WIDTH = 14;
const MOST_LINES_OF_ERROR = 30;
const MOST_LINES_OF_VALUE = 4;

/** All that is known of one task. */
export function taskLines(picture: Picture, id: number | undefined, width: number): Line[] {
  const view = picture.taskView;
  if (view === undefined || view.id !== id) return [[span("Loading…", "dim")]];
  const { task } = view;
  if (task === undefined)
    return wrapText(
      `Task ${view.id} is not known here: it ended too long ago to be kept, or belongs to another process.`,
      width,
    ).map((text) => [span(text, "warn")]);
  return [
    [
      span(cell(task.name, Math.max(width - 30, 10)).trimEnd(), "bold"),
      span(`  #${task.id}  `, "dim"),
      span(stateText(task), toneOfState(task)),
    ],
    [],
    ...errorLines(task, width),
    ...facts(task, takenAtMs(picture)).map(([label, text]) => factLine(label, text, width)),
    ...attributeLines(task, width),
    ...relativeLines(view, width),
  ];
}

function errorLines({ state, errorType, errorMessage }: TaskInfo, width: number): Line[] {
  if (errorType === undefined) return [];
  const title = state === "failed" ? errorType : `Last attempt: ${errorType}`;
  const message = errorMessage === undefined || errorMessage === "" ? "(no message)" : errorMessage;
  return [
    [span(cell(title, width).trimEnd(), "bad")],
    ...wrapText(message, width - 2, MOST_LINES_OF_ERROR).map((text): Line => [span(`  ${text}`)]),
    [],
  ];
}

function facts(task: TaskInfo, nowMs: number): readonly (readonly [string, string])[] {
  const { spawnedAtMs, startedAtMs, endedAtMs, attempt, progress } = task;
  const ago = (atMs: number): string => `${formatClock(atMs)} (${formatMs(nowMs - atMs)} ago)`;
  const isFact = (fact: readonly [string, string | undefined]): fact is readonly [string, string] =>
    fact[1] !== undefined;
  const all: readonly (readonly [string, string | undefined])[] = [
    ["Type", task.type],
    ["Ran for", formatMs(task.durationMs)],
    ["Spawned", ago(spawnedAtMs)],
    [attempt > 1 ? "Started last" : "Started", startedAtMs === undefined ? "not yet" : ago(startedAtMs)],
    ["Ended", endedAtMs === undefined ? undefined : ago(endedAtMs)],
    ["Waited", formatMs((startedAtMs ?? endedAtMs ?? nowMs) - spawnedAtMs)],
    ["Attempt", attempt === 0 ? "none yet" : String(attempt)],
    ["Progress", progressText(progress)],
    ["Managed", task.managed ? "yes: policy applies to it" : "no: it is only observed"],
    ["Key", task.key],
    ["Note", task.waitingFor === undefined ? undefined : noteText(task)],
    ["Sign of life", task.lastHeartbeatAtMs === undefined ? undefined : ago(task.lastHeartbeatAtMs)],
    ["Cancelled by", task.cancelledBy],
  ];
  return all.filter(isFact);
}

function progressText(progress: TaskInfo["progress"]): string | undefined {
  const share = formatProgress(progress);
  if (progress === undefined || share === "") return undefined;
  const { done, total } = progress;
  return share.endsWith("%") ? `${formatCount(done)} of ${formatCount(total)} (${share})` : share;
}

function factLine(label: string, text: string, width: number): Line {
  const room = Math.max(width - LABEL_WIDTH, 1);
  return [span(cell(label, LABEL_WIDTH), "label"), span(cell(text, room).trimEnd())];
}

function attributeLines({ attributes }: TaskInfo, width: number): Line[] {
  const entries = Object.entries(attributes);
  if (entries.length === 0) return [];
  const room = Math.max(width - LABEL_WIDTH - 2, 10);
  return [
    [],
    [span("Attributes", "bold")],
    ...entries.flatMap(([name, value]) => {
      const text = typeof value === "string" ? value : (JSON.stringify(value) ?? String(value));
      return wrapText(text, room, MOST_LINES_OF_VALUE).map((part, at): Line => [
        span(`  ${cell(at === 0 ? name : "", LABEL_WIDTH)}`, "label"),
        span(part),
      ]);
    }),
  ];
}

function relativeLines({ ancestors, children, childTotal }: TaskView, width: number): Line[] {
  const shown = childTotal > children.length ? `, the first ${children.length} of which are` : "";
  return [
    [],
    [span("Parents", "bold")],
    ...(ancestors.length === 0
      ? [[span("  It was started by no task that is still known.", "dim")]]
      : ancestors.map((task) => relativeLine(task, width))),
    [],
    [span("Children", "bold")],
    ...(childTotal === 0
      ? [[span("  It has started no task that is still known.", "dim")]]
      : [
          [
            span(
              `  It started ${childTotal === 1 ? "one task" : `${formatCount(childTotal)} tasks`}${shown}:`,
            ),
          ],
          ...children.map((task) => relativeLine(task, width)),
        ]),
  ];
}

function relativeLine(task: TaskInfo, width: number): Line {
  const room = Math.max(Math.min(width - 36, 60), 10);
  return [
    span(`  ${String(task.id).padStart(7)} `, "dim"),
    span(cell(task.name, room)),
    span(` ${cell(stateText(task), 9)} `, toneOfState(task)),
    span(formatMs(task.durationMs)),
  ];
}

import type { JSX } from "preact";
import type { Task } from "./api-types.ts";

/** The state of a task, as a word with its colour. */
export function StateMark({ task }: { readonly task: Pick<Task, "state" | "stuck"> }): JSX.Element {
  const word = task.stuck ? "stuck" : task.state;
  return <span class={`state ${word}`}>{word}</span>;
}

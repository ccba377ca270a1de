import type { ModelEnding } from "./model-task.ts";
import type { BodyEnd, Plan } from "./steps.ts";

export function seriesOf({ type, name }: Plan): string {
  return `${type}/${name}`;
}

export function endOf({ ends }: Plan, attempt: number): BodyEnd {
  return ends[Math.min(attempt, ends.length) - 1] ?? "pending";
}

/** Which child a body that ends with one ends with: the first that it ran, for a dropped duplicate is another's. */
export function followedChild({ children = [] }: Plan): number {
  return children.findIndex(({ how, onDuplicate }) => how === "run" && onDuplicate !== "drop");
}

export function endingOf(body: { readonly id: string }, how: "value" | "error" | "abort-error"): ModelEnding {
  if (how === "value") return { status: "completed", words: `value:${body.id}` };
  return { status: "failed", words: `${how === "error" ? "error" : "abort"}:${body.id}` };
}

export function statusOf(words: string): ModelEnding["status"] {
  return words.startsWith("value:") ? "completed" : "failed";
}

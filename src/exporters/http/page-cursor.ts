import type { TaskPlace } from "../../plugin/index.ts";
import { ApiProblem } from "./api-problem.ts";

/** Where the next page of tasks begins, and by which order. */
export interface PageCursor {
  readonly order: string;
  readonly place: TaskPlace;
  readonly asOfMs: number;
}

/** A cursor as text: opaque to clients, and of use for nothing but the next page. */
export function writeCursor({ order, place, asOfMs }: PageCursor): string {
  return Buffer.from(JSON.stringify([order, place.value ?? null, place.id, asOfMs])).toString("base64url");
}

/** Takes a cursor back. One of another order, or made up, is an {@link ApiProblem}. */
export function readCursor(text: string, order: string): PageCursor {
  const given = parse(text);
  if (Array.isArray(given) && given.length === 4) {
    const [ofOrder, value, id, asOfMs] = given as unknown[];
    const isValue = value === null || typeof value === "string" || typeof value === "number";
    if (ofOrder === order && isValue && typeof id === "number" && typeof asOfMs === "number")
      return { order, place: { value: value ?? undefined, id }, asOfMs };
  }
  throw new ApiProblem("bad_request", "cursor takes nextCursor of a page in the same order");
}

function parse(text: string): unknown {
  try {
    return JSON.parse(Buffer.from(text, "base64url").toString("utf8"));
  } catch {
    return undefined;
  }
}

import type { TaskQuery, TaskOrder } from "../../plugin/index.ts";
import type { TaskFilter } from "../../task/index.ts";
import { ApiProblem, jsonResponse } from "./api-problem.ts";
import type { ApiTrackers } from "./api-trackers.ts";
import { readCursor, writeCursor } from "./page-cursor.ts";
import { cancelFilter, parameters } from "./parameters.ts";
import type { TasksQuery, TreeQuery } from "./parameters.ts";
import { readQuery, readValue } from "./query-reader.ts";

const DEFAULT_REASON = "cancelled through the HTTP API";

/** `GET /tasks` */
export function listTasks(trackers: ApiTrackers, search: URLSearchParams): Response {
  const { sort, limit, cursor, ...filter } = readQuery<TasksQuery>(search, parameters.tasks);
  const from = cursor === undefined ? undefined : readCursor(cursor, sort);
  const query: TaskQuery = {
    ...filter,
    orderBy: sort.replace(/^-/, "") as TaskOrder,
    descending: sort.startsWith("-"),
    after: from?.place,
    asOfMs: from?.asOfMs,
    limit,
  };
  const { entries, total, hasMore, asOfMs } = trackers.page(query);
  const last = entries.at(-1);
  return jsonResponse({
    tasks: entries.map(({ task }) => task),
    total,
    nextCursor:
      hasMore && last !== undefined ? writeCursor({ order: sort, place: last.place, asOfMs }) : null,
  });
}

/** `GET /tasks/tree` */
export function showTree(trackers: ApiTrackers, search: URLSearchParams): Response {
  const { id, limit, depth } = readQuery<TreeQuery>(search, parameters.tree);
  const forest = trackers.tree(id, { maxTasks: limit, maxDepth: depth });
  if (forest === undefined) throw unknownTask(id);
  return jsonResponse({ tasks: forest.roots, shown: forest.shown, truncated: forest.truncated });
}

/** `GET /tasks/:id` */
export function showTask(trackers: ApiTrackers, idText: string): Response {
  const id = readId(idText);
  const task = trackers.find(id);
  if (task === undefined) throw unknownTask(id);
  return jsonResponse({ task });
}

/** `POST /tasks/:id/cancel` */
export function cancelTask(
  trackers: ApiTrackers,
  idText: string,
  body: Readonly<Record<string, unknown>>,
): Response {
  const id = readId(idText);
  refuseOthers(body, ["reason"], "body");
  const reason = readReason(body);
  const before = trackers.find(id);
  if (before === undefined) throw unknownTask(id);
  if (!trackers.cancel(id, reason))
    throw new ApiProblem("not_cancellable", `Task ${id} has ended, or was asked to stop before`);
  return jsonResponse({ requested: 1, task: trackers.find(id) ?? before });
}

/** `POST /tasks/cancel` */
export function cancelTasks(trackers: ApiTrackers, body: Readonly<Record<string, unknown>>): Response {
  refuseOthers(body, ["filter", "reason"], "body");
  const reason = readReason(body);
  const given = body["filter"];
  const known = Object.keys(cancelFilter);
  if (typeof given !== "object" || given === null || Array.isArray(given) || Object.keys(given).length === 0)
    throw new ApiProblem("bad_request", `filter takes an object with at least one of ${known.join(", ")}`);
  refuseOthers(given as Readonly<Record<string, unknown>>, known, "filter");
  const filter = Object.fromEntries(
    Object.entries(cancelFilter).map(([name, { schema }]) => [
      name,
      readValue(name, (given as Readonly<Record<string, unknown>>)[name], schema),
    ]),
  ) as TaskFilter;
  return jsonResponse({ requested: trackers.cancelWhere(filter, reason) });
}

function readId(text: string): number {
  return readValue("id", text, { type: "integer", minimum: 1 }) as number;
}

function readReason(body: Readonly<Record<string, unknown>>): string {
  const reason = readValue("reason", body["reason"], { type: "string", maxLength: 1_024 });
  return typeof reason === "string" ? reason : DEFAULT_REASON;
}

function refuseOthers(given: object, known: readonly string[], what: string): void {
  if (!Object.keys(given).every((name) => known.includes(name)))
    throw new ApiProblem("bad_request", `${what} takes ${known.join(", ")}, and nothing else`);
}

function unknownTask(id: number | undefined): ApiProblem {
  return new ApiProblem("not_found", `Task ${id} is not known: it never was, or ended too long ago`);
}

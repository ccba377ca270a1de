import type { EventKind } from "../../events/index.ts";
import { taskOrders } from "../../plugin/index.ts";
import type { TaskFilter, TaskState } from "../../task/index.ts";
import { allKinds } from "./event-kinds.ts";

/** A parameter of a query, as its reader and the OpenAPI document see it. */
export interface Parameter {
  readonly description: string;
  readonly schema: ParameterSchema;
  /** A value to show. */
  readonly example?: string | number;
}

/** The part of JSON Schema that a text in a URL can fit. */
export type ParameterSchema =
  | {
      readonly type: "integer" | "number";
      readonly minimum: number;
      readonly maximum?: number;
      readonly default?: number;
    }
  | { readonly type: "string"; readonly maxLength: number; readonly default?: string }
  | { readonly type: "string"; readonly enum: readonly string[]; readonly default?: string }
  | { readonly type: "array"; readonly items: { readonly type: "string"; readonly enum: readonly string[] } };

/** The most that one page holds. */
const MAX_PAGE = 1_000;
/** The most tasks of one tree, and its levels. */
const MAX_TREE = 10_000;
const MAX_TREE_DEPTH = 100;

const text = (description: string, example?: string): Parameter => ({
  description,
  schema: { type: "string", maxLength: 1_024 },
  ...(example === undefined ? {} : { example }),
});

const states = [
  "queued",
  "running",
  "completed",
  "failed",
  "cancelled",
] as const satisfies readonly TaskState[];

const limit: Parameter = {
  description: "At most so many.",
  schema: { type: "integer", minimum: 1, maximum: MAX_PAGE, default: 100 },
};

const cursor = text("Where to go on: `nextCursor` of the page before, with the same other parameters.");

/** `GET /tasks`, read. */
export interface TasksQuery extends Omit<TaskFilter, "limit"> {
  readonly text: string | undefined;
  readonly sort: string;
  readonly limit: number;
  readonly cursor: string | undefined;
}

/** `GET /tasks/tree`, read. */
export interface TreeQuery {
  readonly id: number | undefined;
  readonly limit: number;
  readonly depth: number;
}

/** `GET /series`, read. */
export interface SeriesQuery {
  readonly type: string | undefined;
  readonly text: string | undefined;
  readonly sort: string;
  readonly limit: number;
  readonly cursor: string | undefined;
}

/** `GET /events`, read. */
export interface EventsQuery {
  readonly id: number | undefined;
  readonly type: string | undefined;
  readonly name: string | undefined;
  readonly kind: readonly EventKind[] | undefined;
  readonly lastEventId: string | undefined;
}

/** Which tasks. */
const filter: Readonly<Record<keyof Omit<TaskFilter, "limit">, Parameter>> = {
  state: {
    description: "Only tasks in this state.",
    schema: { type: "string", enum: states },
    example: "running",
  },
  type: text("Only tasks of this type.", "database"),
  name: text("Only tasks of this name."),
  key: text("Only tasks of this key."),
  parentId: {
    description: "Only tasks that were started inside this one.",
    schema: { type: "integer", minimum: 1 },
  },
  olderThanMs: {
    description: "Only tasks spawned longer ago than this, in milliseconds.",
    schema: { type: "number", minimum: 0 },
    example: 0,
  },
};

/** The parameters of every route that has some. */
export const parameters: {
  readonly tasks: Readonly<Record<keyof TasksQuery, Parameter>>;
  readonly tree: Readonly<Record<keyof TreeQuery, Parameter>>;
  readonly series: Readonly<Record<keyof SeriesQuery, Parameter>>;
  readonly events: Readonly<Record<keyof EventsQuery, Parameter>>;
} = {
  tasks: {
    ...filter,
    text: text("What name, type or key contains, in whatever case.", "user"),
    sort: {
      description: "The order; a minus in front turns it round. Tasks without the value come last.",
      schema: { type: "string", enum: taskOrders.flatMap((order) => [order, `-${order}`]), default: "id" },
      example: "-durationMs",
    },
    limit,
    cursor,
  },
  tree: {
    id: { description: "Only this task and those below it.", schema: { type: "integer", minimum: 1 } },
    limit: {
      description: "At most so many tasks, at all levels; the deepest are left out first.",
      schema: { type: "integer", minimum: 1, maximum: MAX_TREE, default: 1_000 },
    },
    depth: {
      description: "At most so many levels.",
      schema: { type: "integer", minimum: 1, maximum: MAX_TREE_DEPTH, default: 32 },
    },
  },
  series: {
    type: text("Only series of this type.", "database"),
    text: text("What name or type contains, in whatever case."),
    sort: {
      description: "The order; a minus in front turns it round.",
      schema: {
        type: "string",
        enum: ["name", "type", "spawned", "running", "queued", "failed", "p99Seconds"].flatMap((order) => [
          order,
          `-${order}`,
        ]),
        default: "type",
      },
      example: "-failed",
    },
    limit,
    cursor,
  },
  events: {
    id: { description: "Only events of this task.", schema: { type: "integer", minimum: 1 } },
    type: text("Only events of tasks of this type.", "database"),
    name: text("Only events of tasks of this name."),
    kind: {
      description: "Only events of these kinds, with commas between them.",
      schema: { type: "array", items: { type: "string", enum: allKinds } },
      example: "failed,cancelled",
    },
    lastEventId: text(
      "Where to go on, for clients that cannot send the header `Last-Event-ID`, which goes first.",
    ),
  },
};

/** What the body of `POST /tasks/cancel` may name; at least one. */
export const cancelFilter: Readonly<Record<string, Parameter>> = filter;

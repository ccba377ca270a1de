import { problemStatuses } from "./api-problem.ts";
import type { ProblemCode } from "./api-problem.ts";
import type { ResolvedHttpOptions } from "./http-options.ts";
import { schemas } from "./openapi-schemas.ts";
import type { JsonSchema } from "./openapi-schemas.ts";
import { parameters } from "./parameters.ts";
import type { Parameter } from "./parameters.ts";

/** The version of the API: what it promises, not who serves it. */
export const API_VERSION = "1.0.0";

interface Operation {
  readonly summary: string;
  readonly description?: string;
  readonly query?: Readonly<Record<string, Parameter>>;
  readonly hasId?: boolean;
  readonly body?: { readonly schema: string; readonly isRequired: boolean; readonly example: JsonSchema };
  readonly answer: string | JsonSchema;
  /** The status besides 200 that the same kind of answer comes with. */
  readonly alsoStatus?: 503;
  readonly problems: readonly ProblemCode[];
  readonly isOpen?: boolean;
}

const operations: Readonly<Record<string, Readonly<Record<string, Operation>>>> = {
  "/tasks": {
    get: {
      summary: "Live and retained tasks",
      description: "A page of tasks. Pages that follow one another by `nextCursor` repeat no task.",
      query: parameters.tasks,
      answer: "TaskPage",
      problems: ["bad_request"],
    },
  },
  "/tasks/tree": {
    get: {
      summary: "Live tasks below those that started them",
      query: parameters.tree,
      answer: "Forest",
      problems: ["bad_request", "not_found"],
    },
  },
  "/tasks/{id}": {
    get: { summary: "One task", hasId: true, answer: "OneTask", problems: ["bad_request", "not_found"] },
  },
  "/tasks/{id}/cancel": {
    post: {
      summary: "Asks a live task to stop",
      description:
        "A managed task is cancelled at once, `cancelledBy` is `request`; an observed one is asked through its signal and ends as its body does. Only with the option `actions`.",
      hasId: true,
      body: { schema: "CancelOne", isRequired: false, example: { reason: "no longer needed" } },
      answer: "CancelledTask",
      problems: [
        "bad_request",
        "actions_disabled",
        "not_found",
        "not_cancellable",
        "body_too_large",
        "unsupported_media_type",
      ],
    },
  },
  "/tasks/cancel": {
    post: {
      summary: "Asks the live tasks that a filter lets through to stop",
      description: "The filter names one condition at least; all must hold. Only with the option `actions`.",
      body: {
        schema: "CancelMany",
        isRequired: true,
        example: { filter: { type: "database", olderThanMs: 60_000 }, reason: "the database is being moved" },
      },
      answer: "CancelledTasks",
      problems: ["bad_request", "actions_disabled", "body_too_large", "unsupported_media_type"],
    },
  },
  "/stats": {
    get: { summary: "Counts, in total and by type", answer: "Stats", problems: ["bad_request"] },
  },
  "/series": {
    get: {
      summary: "Counts and times of each pair of type and name",
      query: parameters.series,
      answer: "SeriesPage",
      problems: ["bad_request"],
    },
  },
  "/alerts": {
    get: { summary: "Rules that hold, pending and firing", answer: "Alerts", problems: ["bad_request"] },
  },
  "/health": {
    get: {
      summary: "Whether all is well",
      description:
        "503 while something critical is firing. For monitors: a process that restarts because of it loses what could be seen. Without permission, the status alone.",
      answer: "Health",
      alsoStatus: 503,
      problems: [],
      isOpen: true,
    },
  },
  "/ready": {
    get: {
      summary: "Whether new work is taken",
      description: "503 from the beginning of a shutdown on. For load balancers and readiness probes.",
      answer: "Ready",
      alsoStatus: 503,
      problems: [],
      isOpen: true,
    },
  },
  "/metrics": {
    get: {
      summary: "Every metric, for Prometheus",
      answer: { "text/plain": { schema: { type: "string" } } },
      problems: [],
    },
  },
  "/events": {
    get: {
      summary: "What happens, as it happens",
      description:
        "Server-sent events. `data` is a lifecycle event as JSON. `event: missed` with `{ dropped }` says how many events this reader did not get; null: nobody knows. `Last-Event-ID` goes on after that event, while it is among those kept.",
      query: parameters.events,
      answer: { "text/event-stream": { schema: { type: "string" } } },
      problems: ["bad_request", "too_many_streams"],
    },
  },
  "/console.json": {
    get: { summary: "What the console may do", answer: "Console", problems: [] },
  },
  "/openapi.json": {
    get: {
      summary: "This document",
      answer: { "application/json": { schema: { type: "object" } } },
      problems: [],
    },
  },
};

/** The API as an OpenAPI 3.1 document. */
export function openApiDocument({
  basePath,
  token,
  authorize,
}: Pick<ResolvedHttpOptions, "basePath" | "token" | "authorize">): JsonSchema {
  const isGuarded = token !== undefined || authorize !== undefined;
  return {
    openapi: "3.1.0",
    info: {
      title: "taskscope",
      version: API_VERSION,
      description: "The async tasks of a Node.js process. Fields that are `undefined` are left out.",
      license: { name: "Apache-2.0", identifier: "Apache-2.0" },
    },
    servers: [{ url: basePath === "" ? "/" : basePath }],
    ...(isGuarded ? { security: [{ bearer: [] }] } : {}),
    paths: Object.fromEntries(
      Object.entries(operations).map(([path, methods]) => [
        path,
        Object.fromEntries(
          Object.entries(methods).map(([method, operation]) => [
            method,
            describe(operation, operationId(method, path), isGuarded),
          ]),
        ),
      ]),
    ),
    components: {
      schemas,
      ...(isGuarded ? { securitySchemes: { bearer: { type: "http", scheme: "bearer" } } } : {}),
    },
  };
}

function describe(operation: Operation, id: string, isGuarded: boolean): JsonSchema {
  const { summary, description, query = {}, hasId = false, body, isOpen = false } = operation;
  const path = { name: "id", in: "path", required: true, schema: { type: "integer", minimum: 1 } };
  return {
    operationId: id,
    summary,
    ...(description === undefined ? {} : { description }),
    ...(isOpen && isGuarded ? { security: [] } : {}),
    parameters: [
      ...(hasId ? [path] : []),
      ...Object.entries(query).map(([name, { schema, ...rest }]) => ({
        name,
        in: "query",
        ...rest,
        schema,
        ...(schema.type === "array" ? { explode: false, style: "form" } : {}),
      })),
    ],
    ...(body === undefined
      ? {}
      : {
          requestBody: {
            required: body.isRequired,
            content: {
              "application/json": {
                schema: { $ref: `#/components/schemas/${body.schema}` },
                example: body.example,
              },
            },
          },
        }),
    responses: responsesOf(operation, isGuarded),
  };
}

function responsesOf(
  { answer, alsoStatus, problems, isOpen = false }: Operation,
  isGuarded: boolean,
): JsonSchema {
  const content =
    typeof answer === "string"
      ? { "application/json": { schema: { $ref: `#/components/schemas/${answer}` } } }
      : answer;
  const always: ProblemCode[] = isOpen
    ? ["url_too_long"]
    : ["url_too_long", "unknown_host", "forbidden_origin", ...(isGuarded ? (["unauthorized"] as const) : [])];
  const byStatus = new Map<number, string[]>();
  for (const code of [...always, ...problems]) {
    const status = problemStatuses[code];
    byStatus.set(status, [...(byStatus.get(status) ?? []), code]);
  }
  const problem = { "application/json": { schema: { $ref: "#/components/schemas/Problem" } } };
  return {
    "200": { description: "As asked.", content },
    ...Object.fromEntries(
      Array.from(byStatus, ([status, codes]) => [
        String(status),
        { description: codes.map((code) => `\`${code}\``).join(", "), content: problem },
      ]),
    ),
    ...(alsoStatus === undefined ? {} : { [alsoStatus]: { description: "Not well.", content } }),
  };
}

/** `get /tasks/{id}` → `getTasksId`. */
function operationId(method: string, path: string): string {
  return (
    method +
    Array.from(path.matchAll(/[A-Za-z]+/g), ([word]) => word[0]?.toUpperCase() + word.slice(1)).join("")
  );
}

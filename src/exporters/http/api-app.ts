import type { IncomingMessage } from "node:http";
import type { Context, Handler, Hono } from "hono";
import type { LifecycleEvent } from "../../events/index.ts";
import { Access } from "./access.ts";
import { ApiProblem, jsonResponse } from "./api-problem.ts";
import type { ApiTrackers } from "./api-trackers.ts";
import { ConsolePage } from "./console-page.ts";
import type { EventFeed } from "./event-feed.ts";
import type { HealthView } from "./health-source.ts";
import type { HonoPackages } from "./hono-packages.ts";
import type { ResolvedHttpOptions } from "./http-options.ts";
import type { MetricsPage } from "./metrics-page.ts";
import { API_VERSION, openApiDocument } from "./openapi.ts";
import { parameters } from "./parameters.ts";
import type { EventsQuery } from "./parameters.ts";
import { readQuery } from "./query-reader.ts";
import { readBody } from "./request-body.ts";
import { listSeries } from "./series-routes.ts";
import { statsView } from "./stats-view.ts";
import { cancelTask, cancelTasks, listTasks, showTask, showTree } from "./task-routes.ts";

/** What the routes are made of. */
export interface ApiParts {
  readonly options: ResolvedHttpOptions;
  readonly trackers: ApiTrackers;
  readonly feed: EventFeed;
  readonly page: MetricsPage;
  /** Told of what no route should have thrown. */
  reportFailure(error: unknown): void;
}

/** The server's side of a request: there where it came through Node, and not through a `fetch`. */
interface Env {
  readonly Bindings: {
    readonly incoming?: IncomingMessage & { readonly body?: unknown; readonly originalUrl?: string };
  };
}

/** On every answer: who speaks, and that nothing of ours is a page, nor belongs into one. */
const safeHeaders: Readonly<Record<string, string>> = {
  "taskscope-api": API_VERSION,
  "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
  "cross-origin-resource-policy": "same-origin",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
};

/** Answered without permission, as probes have none; but then with the status alone. */
const openPaths: ReadonlySet<string> = new Set(["/health", "/ready"]);

const nothingWatched: HealthView = { status: "ok", rules: 0, alerts: [] };

/** The routes of the API, as a Hono app. */
export function makeApp({ Hono: App }: HonoPackages, parts: ApiParts): Hono<Env> {
  const { options, trackers, feed, page } = parts;
  const access = new Access(options);
  const app = new App<Env>({ strict: true });
  const document = openApiDocument(options);
  const healthNow = (): HealthView => options.health?.report() ?? nothingWatched;

  app.use(async (context, next) => {
    const request = context.req.raw;
    access.checkLength(request);
    const preflight = access.preflight(request);
    if (preflight !== undefined) context.res = preflight;
    // A page that everybody can get with the package keeps no secret; it asks for the token itself. Links lead to it.
    else if (options.console && isOfConsole(context, options)) {
      access.checkHost(request);
      await next();
    } else if (openPaths.has(pathOf(context, options))) await next();
    else {
      await access.check(request);
      await next();
    }
  });

  const routes = options.basePath === "" ? app : app.basePath(options.basePath);
  const on = (method: "GET" | "POST", path: string, answer: Handler<Env>): void => {
    routes.on(method, path, answer);
    allowedAt.set(path, [...(allowedAt.get(path) ?? []), method]);
  };
  const allowedAt = new Map<string, string[]>();

  if (options.console) {
    const files = new ConsolePage();
    const show: Handler<Env> = (context) => files.respond(pathOf(context, options), context.req.raw);
    app.get(`${options.basePath}/`, (context, next) => redirectToFolder(context) ?? show(context, next));
    app.get(`${options.basePath}/assets/:file`, show);
    if (options.basePath !== "")
      app.get(options.basePath, (context) => redirectTo(lastPartOf(context.req.path)));
    on("GET", "/console.json", () =>
      jsonResponse({
        actions: options.actions,
        health: options.health !== undefined,
        traceUrl: options.traceUrl,
      }),
    );
  }
  on("GET", "/openapi.json", () => jsonResponse(document));
  on("GET", "/tasks", (context) => listTasks(trackers, searchOf(context)));
  on("GET", "/tasks/tree", (context) => showTree(trackers, searchOf(context)));
  on("POST", "/tasks/cancel", async (context) => {
    refuseUnless(options.actions);
    readQuery(searchOf(context), {});
    return cancelTasks(trackers, await readBody(context.req.raw, context.env?.incoming?.body));
  });
  on("GET", "/tasks/:id", (context) => {
    readQuery(searchOf(context), {});
    return showTask(trackers, context.req.param("id") ?? "");
  });
  on("POST", "/tasks/:id/cancel", async (context) => {
    refuseUnless(options.actions);
    readQuery(searchOf(context), {});
    const body = await readBody(context.req.raw, context.env?.incoming?.body);
    return cancelTask(trackers, context.req.param("id") ?? "", body);
  });
  on("GET", "/stats", async (context) => {
    readQuery(searchOf(context), {});
    return jsonResponse(await statsView(trackers.stats(), feed.counts));
  });
  on("GET", "/series", (context) => listSeries(trackers, searchOf(context)));
  on("GET", "/alerts", (context) => {
    readQuery(searchOf(context), {});
    const { rules, alerts } = healthNow();
    return jsonResponse({ rules, alerts });
  });
  on("GET", "/health", async (context) => {
    const { status, rules, alerts } = healthNow();
    const firing = alerts.filter(({ state }) => state === "firing").map(({ name }) => name);
    const body = (await mayAsk(context)) ? { status, rules, firing: [...new Set(firing)] } : { status };
    return jsonResponse(body, status === "failing" ? 503 : 200);
  });
  on("GET", "/ready", () =>
    trackers.areOpen ? jsonResponse({ status: "ready" }) : jsonResponse({ status: "closing" }, 503),
  );
  on("GET", "/metrics", async (context) => {
    const { body, contentType } = await page.render(context.req.header("accept"));
    return new Response(body, { headers: { "content-type": contentType, vary: "Accept" } });
  });
  on("GET", "/events", (context) => openStream(context, feed));

  for (const [path, methods] of allowedAt) {
    const allow = methods.includes("GET") ? ["GET", "HEAD", ...methods.slice(1)] : methods;
    routes.all(path, () => {
      throw new ApiProblem("method_not_allowed", `This path takes ${allow.join(", ")}`, {
        allow: allow.join(", "),
      });
    });
  }
  app.notFound(() => new ApiProblem("not_found", "There is nothing at this path").toResponse());
  app.onError((error) => {
    if (error instanceof ApiProblem) return error.toResponse();
    parts.reportFailure(error);
    return new ApiProblem("internal", "The request could not be answered").toResponse();
  });
  return app;

  async function mayAsk(context: Context<Env>): Promise<boolean> {
    try {
      await access.check(context.req.raw);
      return true;
    } catch {
      return false;
    }
  }
}

/** Answers a request, with the headers that every answer has. Never rejects. */
export async function answerApi(
  app: Hono<Env>,
  access: Pick<Access, "corsHeaders">,
  request: Request,
  env: Env["Bindings"],
): Promise<Response> {
  const response = await app.fetch(request, env);
  for (const [name, value] of Object.entries({ ...safeHeaders, ...access.corsHeaders(request) }))
    if (!response.headers.has(name)) response.headers.set(name, value);
  return response;
}

function openStream(context: Context<Env>, feed: EventFeed): Response {
  const wanted = readQuery<EventsQuery>(searchOf(context), parameters.events);
  const headers = {
    "content-type": "text/event-stream; charset=utf-8",
    "cache-control": "no-store",
    // Or a proxy keeps events until it has enough of them.
    "x-accel-buffering": "no",
  };
  // Hono answers HEAD by the way of GET: there is no reader for a stream then.
  if (context.req.raw.method === "HEAD") return new Response(null, { headers });
  const kinds = wanted.kind === undefined ? undefined : new Set(wanted.kind);
  const wants = (event: LifecycleEvent): boolean =>
    (wanted.id === undefined || event.id === wanted.id) &&
    (wanted.type === undefined || event.type === wanted.type) &&
    (wanted.name === undefined || event.name === wanted.name) &&
    (kinds === undefined || kinds.has(event.kind));
  const stream = feed.open(wants, kinds, context.req.header("last-event-id") ?? wanted.lastEventId);
  if (stream === undefined)
    throw new ApiProblem("too_many_streams", "As many streams of events are open as may be", {
      "retry-after": "10",
    });
  return new Response(stream.body, { headers });
}

function isOfConsole(context: Context<Env>, options: ResolvedHttpOptions): boolean {
  const path = pathOf(context, options);
  return path === "" || path === "/" || path.startsWith("/assets/");
}

/** The page asks for its files beside itself. Hosts that take their mount path off the URL hide that it has no slash. */
function redirectToFolder(context: Context<Env>): Response | undefined {
  const [asked = "/"] = (context.env?.incoming?.originalUrl ?? "/").split("?");
  return asked.endsWith("/") ? undefined : redirectTo(lastPartOf(asked));
}

function redirectTo(part: string): Response {
  return new Response(null, { status: 308, headers: { location: `./${part}/` } });
}

function lastPartOf(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

function refuseUnless(actions: boolean): void {
  if (!actions)
    throw new ApiProblem("actions_disabled", "This API only shows tasks (option actions of httpApi)");
}

function searchOf(context: Context<Env>): URLSearchParams {
  return new URL(context.req.url).searchParams;
}

function pathOf(context: Context<Env>, { basePath }: Pick<ResolvedHttpOptions, "basePath">): string {
  const { path } = context.req;
  return path.startsWith(basePath) ? path.slice(basePath.length) : path;
}

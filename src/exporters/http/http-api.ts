import type { IncomingMessage, ServerResponse } from "node:http";
import { announce } from "../../discovery/index.ts";
import type { Plugin, PluginContext, Teardown } from "../../plugin/index.ts";
import { Access } from "./access.ts";
import { answerApi, makeApp } from "./api-app.ts";
import { ApiProblem } from "./api-problem.ts";
import { ApiTrackers } from "./api-trackers.ts";
import { EventFeed } from "./event-feed.ts";
import { loadHono } from "./hono-packages.ts";
import { readHttpOptions } from "./http-options.ts";
import type { HttpApiOptions, ResolvedHttpOptions } from "./http-options.ts";
import { metricsPage } from "./metrics-page.ts";
import { OwnServer } from "./own-server.ts";

/** The plugin that {@link httpApi} makes. */
export interface HttpApi extends Plugin {
  /** Answers a request, for hosts that speak the `fetch` of the web: `app.mount("/ops", api.fetch)` in Hono. Never rejects. */
  readonly fetch: (request: Request, env?: object) => Promise<Response>;
  /** Answers a request, for `node:http` and what is built on it: `app.use("/ops", api.handler)` in Express. Never throws. */
  readonly handler: (request: IncomingMessage, response: ServerResponse) => void;
  /** Where the server of `listen` is, from `tracker.ready` on; `undefined` where there is none. */
  readonly url: string | undefined;
}

/**
 * Serves what a tracker knows as JSON, with its events as they happen, and, when told to, cancels tasks. `GET /openapi.json`
 * describes it. It sees all trackers that have this plugin.
 *
 * Only clients that reach it by a name of the loopback, or one of `hosts`, are answered, and no page of another origin;
 * beyond that everybody is, unless there is a `token` or `authorize`. It asks nothing of a task: without open streams of
 * events, it reads when it is asked.
 *
 * With `listen` it has a server of its own, which `tracker.ready` waits for, and which closes with the last tracker. Needs
 * the packages hono and `@hono/node-server`: throws a `TaskscopeError` with `TASKSCOPE_MISSING_PACKAGE` without them, and
 * an `InvalidOptionError` for a bad option.
 *
 * ```ts
 * const api = httpApi({ listen: { port: 9_465 } });
 * const tasks = createTracker({ plugins: [api] });
 * await tasks.ready; // curl http://127.0.0.1:9465/tasks?state=running
 * ```
 */
export function httpApi(options?: HttpApiOptions): HttpApi {
  return new BuiltInApi(readHttpOptions(options));
}

class BuiltInApi implements HttpApi {
  readonly name = "http-api";
  readonly fetch: HttpApi["fetch"];
  readonly handler: HttpApi["handler"];
  readonly #options: ResolvedHttpOptions;
  readonly #trackers = new ApiTrackers();
  readonly #feed: EventFeed;
  readonly #page = metricsPage();
  readonly #closings = new Map<PluginContext, () => void | Promise<void>>();
  #server: OwnServer | undefined;
  #withdraw: (() => void) | undefined;
  #hasReported = false;

  constructor(options: ResolvedHttpOptions) {
    this.#options = options;
    this.#feed = new EventFeed(options);
    const packages = loadHono();
    const access = new Access(options);
    const app = makeApp(packages, {
      options,
      trackers: this.#trackers,
      feed: this.#feed,
      page: this.#page,
      reportFailure: (error) => this.#report(error),
    });
    this.fetch = (request, env) => answerApi(app, access, request, env ?? {});
    const listener = packages.getRequestListener((request, env) => this.fetch(request, env), {
      // The process's own Request and Response stay what they are.
      overrideGlobalObjects: false,
      errorHandler: () =>
        new ApiProblem("bad_request", "This is no request that can be answered").toResponse(),
    });
    this.handler = (request, response) => {
      // A client that has gone is no trouble of the process.
      response.on("error", () => {});
      listener(request, response).catch((error: unknown) => {
        this.#report(error);
        response.destroy();
      });
    };
  }

  get url(): string | undefined {
    const url = this.#server?.url;
    return url === undefined ? undefined : `${url}${this.#options.basePath}`;
  }

  setup(context: PluginContext): Teardown {
    const closePage = this.#page.setup(context);
    this.#trackers.add(context);
    this.#feed.add(context);
    this.#closings.set(context, () => closePage?.());
    return () => this.#close(context);
  }

  async start(): Promise<void> {
    if (this.#options.listen !== undefined) {
      this.#server ??= new OwnServer(this.#options.listen, this.handler);
      await this.#server.listen();
    }
    this.#announce();
  }

  /** Lets the command find this process. That it cannot is no trouble of the process. */
  #announce(): void {
    const { announce: wanted } = this.#options;
    const url = typeof wanted === "string" ? wanted : wanted ? this.url : undefined;
    const [context] = this.#trackers.all;
    if (url === undefined || context === undefined || this.#withdraw !== undefined) return;
    try {
      this.#withdraw = announce(url);
    } catch (error) {
      context.diag.warn(
        "httpApi() cannot say where it is: the taskscope command finds this process only by its URL (option announce)",
        error,
      );
    }
  }

  async #close(context: PluginContext): Promise<void> {
    this.#trackers.remove(context);
    this.#feed.remove(context);
    void this.#closings.get(context)?.();
    this.#closings.delete(context);
    if (this.#closings.size > 0) return;
    this.#withdraw?.();
    this.#withdraw = undefined;
    const server = this.#server;
    this.#server = undefined;
    await server?.close();
  }

  /** Says once that requests cannot be answered: more would be a client's way to fill the log. */
  #report(error: unknown): void {
    if (this.#hasReported) return;
    const [context] = this.#trackers.all;
    if (context === undefined) return;
    this.#hasReported = true;
    context.diag.warn("httpApi() could not answer a request", error);
  }
}

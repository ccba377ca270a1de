import type { Server } from "node:http";
import { createAdaptorServer } from "@hono/node-server";
import { Hono } from "hono";
import type { Context } from "hono";
import { bodyLimit } from "hono/body-limit";
import type { Tracker } from "taskscope";
import type { HttpApi, MetricsPage } from "taskscope/http";
import type { AlertInbox } from "./alert-inbox.ts";
import type { Catalog } from "./catalog.ts";
import { DemoError, systemCode } from "./demo-error.ts";
import type { PackageIndex } from "./package-index.ts";

/** What serves the metrics: prom-client's registry does. */
export interface MetricsSource {
  readonly contentType: string;
  metrics(): Promise<string>;
}

export interface ServiceParts {
  readonly tasks: Tracker;
  readonly index: PackageIndex;
  readonly catalog: Catalog;
  readonly alerts: AlertInbox;
  readonly metrics: MetricsSource | undefined;
  /** The same numbers as taskscope's own writer has them. */
  readonly page: MetricsPage;
  /** The live console, and the API that feeds it; `undefined` where the packages it needs are not installed. */
  readonly api: HttpApi | undefined;
}

const MAX_ALERT_BYTES = 1_024 * 1_024;
/** How long requests under way may take once the server closes. */
const CLOSE_WITHIN_MS = 2_000;

/** The routes. Each handler is an ordinary one that was wrapped; /metrics is not tracked, so that a scrape is no task. */
export function createRoutes({ tasks, index, catalog, alerts, metrics, page, api }: ServiceParts): Hono {
  const handler = (name: string, handle: (context: Context) => Response | Promise<Response>) =>
    tasks.wrap({ name, type: "service" }, handle);
  const routes = new Hono();
  routes.get("/", (context) =>
    context.json({
      packages: "/packages",
      package: "/packages/:name",
      console: "/console/",
      metrics: "/metrics",
      builtIn: "/metrics/built-in",
      alerts: "/alerts",
    }),
  );
  routes.get(
    "/packages",
    handler("list-packages", (context) => context.json({ packages: index.names })),
  );
  routes.get(
    "/packages/:name{.+}",
    handler("serve-package", async (context) => {
      const name = context.req.param("name") ?? "";
      const record = await catalog.record(name);
      return record === undefined ? context.json({ error: "no such package" }, 404) : context.json(record);
    }),
  );
  routes.get("/alerts", (context) => context.json({ alerts: alerts.all }));
  routes.post(
    "/alerts",
    bodyLimit({
      maxSize: MAX_ALERT_BYTES,
      onError: (context) => context.json({ error: "the body is too large" }, 413, { connection: "close" }),
    }),
    handler("receive-alerts", async (context) => {
      const body: unknown = await context.req.json().catch(() => undefined);
      const received = alerts.receive(body);
      return received === undefined
        ? context.json({ error: "the body is no Alertmanager webhook" }, 400)
        : context.json({ received });
    }),
  );
  const builtIn = async (context: Context): Promise<Response> => {
    const { contentType, body } = await page.render(context.req.header("accept"));
    return new Response(body, { headers: { "content-type": contentType } });
  };
  routes.get(
    "/metrics",
    metrics === undefined
      ? builtIn
      : async () =>
          new Response(await metrics.metrics(), { headers: { "content-type": metrics.contentType } }),
  );
  routes.get("/metrics/built-in", builtIn);
  if (api !== undefined) routes.mount("/console", api.fetch);
  routes.onError((error, context) => context.json({ error: error.message }, 500));
  return routes;
}

/** The part of a URL that names a host. */
function urlHost(host: string): string {
  if (host === "0.0.0.0" || host === "::") return "127.0.0.1";
  return host.includes(":") ? `[${host}]` : host;
}

/** A server that listens. */
export class Service {
  readonly url: string;
  readonly #server: Server;

  private constructor(server: Server, url: string) {
    this.#server = server;
    this.url = url;
  }

  /** Listens, or rejects with a {@link DemoError} that says why it cannot. */
  static async listen(routes: Pick<Hono, "fetch">, host: string, port: number): Promise<Service> {
    const server = createAdaptorServer({
      fetch: (request, env) => routes.fetch(request, env),
      hostname: host,
    }) as Server;
    await new Promise<void>((resolve, reject) => {
      server.once("error", (error) => reject(listenError(error, host, port)));
      server.listen(port, host, resolve);
    });
    const address = server.address();
    const boundPort = typeof address === "object" && address !== null ? address.port : port;
    return new Service(server, `http://${urlHost(host)}:${boundPort}`);
  }

  /** Takes no more connections, lets requests under way finish, and cuts those that take too long. */
  async close(): Promise<void> {
    const cut = setTimeout(() => this.#server.closeAllConnections(), CLOSE_WITHIN_MS);
    try {
      await new Promise<void>((resolve, reject) => {
        this.#server.close((error) => (error === undefined ? resolve() : reject(error)));
      });
    } finally {
      clearTimeout(cut);
    }
  }
}

/** Why the server cannot listen, for the person at the terminal. */
function listenError(error: unknown, host: string, port: number): unknown {
  const another = "choose another with --port (0: any free one)";
  switch (systemCode(error)) {
    case "EADDRINUSE":
      return new DemoError(`port ${port} on ${host} is in use; ${another}`);
    case "EACCES":
      return new DemoError(`port ${port} on ${host} is not allowed; ${another}`);
    case "EADDRNOTAVAIL":
    case "ENOTFOUND":
      return new DemoError(`this machine has no address ${host}; choose another with --host`);
    default:
      return error;
  }
}

import { createRequire } from "node:module";
import type { getRequestListener } from "@hono/node-server";
import type { Hono } from "hono";
import { TaskscopeError } from "../../errors/index.ts";

/** What the API is built on, as values. */
export interface HonoPackages {
  readonly Hono: typeof Hono;
  readonly getRequestListener: typeof getRequestListener;
}

/** Hono and its server for Node. They are optional peers: metricsPage(), of this same entry, needs neither. */
export function loadHono(): HonoPackages {
  const load = createRequire(import.meta.url);
  try {
    const hono = load("hono") as typeof import("hono");
    const server = load("@hono/node-server") as typeof import("@hono/node-server");
    return { Hono: hono.Hono, getRequestListener: server.getRequestListener };
  } catch (error) {
    throw new TaskscopeError(
      "TASKSCOPE_MISSING_PACKAGE",
      "httpApi() needs the packages hono and @hono/node-server: npm install hono @hono/node-server",
      { cause: error },
    );
  }
}

import { createServer } from "node:http";
import type { RequestListener, Server } from "node:http";
import type { AddressInfo } from "node:net";
import { getRequestListener } from "@hono/node-server";
import express from "express";
import fastify from "fastify";
import { Hono } from "hono";
import type { HttpApi } from "taskscope/http";
import { describe, expect, onTestFinished, test } from "vitest";
import { askRaw, makeApi, posted, turn, untilCancelled } from "./api-client.ts";

/** Listens on the loopback until the test ends. */
async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const serve = (listener: RequestListener): Promise<string> => listen(createServer(listener));

const hosts: Readonly<Record<string, { basePath?: string; mount: (api: HttpApi) => Promise<string> }>> = {
  "node:http": { basePath: "/ops", mount: async ({ handler }) => `${await serve(handler)}/ops` },
  Express: {
    mount: async ({ handler }) => {
      const app = express();
      app.use("/ops", handler);
      return `${await serve((request, response) => void app(request, response))}/ops`;
    },
  },
  "Express behind express.json()": {
    mount: async ({ handler }) => {
      const app = express();
      app.use(express.json());
      app.use("/ops", handler);
      return `${await serve((request, response) => void app(request, response))}/ops`;
    },
  },
  Fastify: {
    basePath: "/ops",
    mount: async ({ handler }) => {
      const app = fastify();
      await app.register((scope, _options, done) => {
        scope.removeAllContentTypeParsers();
        scope.addContentTypeParser("*", (_request, _payload, parsed) => parsed(null));
        scope.all("/ops/*", (request, reply) => {
          reply.hijack();
          handler(request.raw, reply.raw);
        });
        done();
      });
      await app.ready();
      onTestFinished(async () => {
        await app.close();
      });
      return `${await listen(app.server)}/ops`;
    },
  },
  Hono: {
    mount: async ({ fetch: answer }) => {
      const app = new Hono();
      app.mount("/ops", (request) => answer(request));
      const listener = getRequestListener(app.fetch, { overrideGlobalObjects: false });
      return `${await serve((request, response) => void listener(request, response))}/ops`;
    },
  },
};

describe.each(Object.entries(hosts))("mounted in %s, httpApi()", (_name, { basePath, mount }) => {
  const options = { actions: true, ...(basePath === undefined ? {} : { basePath }) };

  test("lists, cancels and says what is not there", async () => {
    const { api, tasks } = makeApi(options);
    const url = await mount(api);
    const live = tasks.spawn("live", untilCancelled);
    await turn();
    expect(await (await fetch(`${url}/tasks?state=running`)).json()).toMatchObject({ total: 1 });
    const cancelled = await fetch(
      `${url}/tasks/cancel`,
      posted({ filter: { name: "live" }, reason: "enough" }),
    );
    expect(await cancelled.json()).toEqual({ requested: 1 });
    expect(await live.outcome).toMatchObject({ cancelledBy: "request", reason: "enough" });
    const missing = await fetch(`${url}/nothing`);
    expect(missing.status).toBe(404);
    expect(await missing.json()).toMatchObject({ error: { code: "not_found" } });
    expect(missing.headers.get("x-content-type-options")).toBe("nosniff");
    expect((await fetch(`${url}/metrics`)).headers.get("content-type")).toContain("version=0.0.4");
  });

  test("streams events until the reader goes", async () => {
    const { api, tasks } = makeApi(options);
    const url = await mount(api);
    const leaving = new AbortController();
    const { body } = await fetch(`${url}/events?kind=completed`, { signal: leaving.signal });
    const reader = (body as ReadableStream<Uint8Array>).getReader();
    await reader.read();
    await tasks.run("seen", () => 1);
    const { value } = await reader.read();
    expect(new TextDecoder().decode(value)).toMatch(
      /^id: [0-9a-f]+-\d+\ndata: \{"kind":"completed".*"name":"seen"/,
    );
    leaving.abort();
    const open = async (): Promise<number> =>
      ((await (await fetch(`${url}/stats`)).json()) as { streams: { open: number } }).streams.open;
    await expect.poll(open, { timeout: 120_000 }).toBe(0);
  });
});

describe("a server of its own", () => {
  test("listens on the loopback, and closes with the tracker and its streams", async () => {
    const { api, tasks } = makeApi({ listen: { port: 0 } });
    expect(api.url).toBeUndefined();
    await tasks.ready;
    expect(api.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    const url = String(api.url);
    const { body } = await fetch(`${url}/events`);
    const reader = (body as ReadableStream<Uint8Array>).getReader();
    await reader.read();
    await tasks.shutdown({ drainMs: 0, graceMs: 0 });
    expect((await reader.read()).done).toBe(true);
    await expect(fetch(url)).rejects.toThrow();
  });

  test("a port that is taken fails tracker.ready, with a code", async () => {
    const first = makeApi({ listen: { port: 0 } });
    await first.tasks.ready;
    const port = Number(new URL(String(first.api.url)).port);
    await expect(makeApi({ listen: { port } }).tasks.ready).rejects.toMatchObject({
      code: "TASKSCOPE_PORT_IN_USE",
    });
  });

  test("is not ready from the beginning of a shutdown on, and answers while tasks drain", async () => {
    const { api, tasks } = makeApi({ listen: { port: 0 } });
    await tasks.ready;
    expect((await askRaw(`${String(api.url)}/ready`)).status).toBe(200);
    let finish = (): void => {};
    tasks.spawn("draining", () => new Promise<void>((resolve) => (finish = resolve)));
    await turn();
    const ended = tasks.shutdown({ drainMs: 60_000 });
    expect(await askRaw(`${String(api.url)}/ready`)).toMatchObject({
      status: 503,
      body: '{"status":"closing"}\n',
    });
    expect((await askRaw(`${String(api.url)}/tasks`)).status).toBe(200);
    finish();
    await ended;
  });

  test("leaves the process's own Request and Response as they are", () => {
    const before = [globalThis.Request, globalThis.Response];
    makeApi();
    expect([globalThis.Request, globalThis.Response]).toEqual(before);
  });
});

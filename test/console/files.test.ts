import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gunzipSync, gzipSync } from "node:zlib";
import express from "express";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { createTracker, InvalidOptionError } from "taskscope";
import { httpApi } from "taskscope/http";
import { expect, onTestFinished, test } from "vitest";
import { askRaw, makeApi } from "../exporters/http/api-client.ts";

const folder = fileURLToPath(new URL("../../dist/console/", import.meta.url));
const names = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) =>
  /\.\w+$/.test(name),
);

test("the console takes less than 150 kB compressed", () => {
  const sizes = names.map((name) => gzipSync(readFileSync(join(folder, name))).length);
  expect(sizes.length).toBeGreaterThanOrEqual(3);
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(150_000);
});

test("the console names no other place on the network", () => {
  const page = readFileSync(join(folder, "index.html"), "utf8");
  expect(page).not.toMatch(/https?:|\/\/|<style|<script(?![^>]* src=)/);
});

test("the page is asked for again each time, its files never", async () => {
  const { ask } = makeApi();
  const page = await ask("/");
  expect(page.status).toBe(200);
  expect(page.headers.get("cache-control")).toBe("no-cache");
  expect(page.headers.get("content-security-policy")).toContain("script-src 'self'");
  expect(page.headers.get("content-security-policy")).not.toContain("unsafe");
  const etag = page.headers.get("etag") ?? "";
  expect((await ask("/", { headers: { "if-none-match": etag } })).status).toBe(304);
  const assets = [...String(page.body).matchAll(/(?:src|href)="\.(\/assets\/[^"]+)"/g)].map(
    ([, path]) => path ?? "",
  );
  expect(assets).toHaveLength(3);
  for (const path of assets) {
    const { status, headers } = await ask(path);
    expect(status).toBe(200);
    expect(headers.get("cache-control")).toContain("immutable");
  }
});

test("a file comes compressed to those who take that, and is the same", async () => {
  const { api, ask } = makeApi();
  const plain = await ask("/");
  const response = await api.fetch(
    new Request("http://localhost/", { headers: { "accept-encoding": "gzip" } }),
  );
  expect(response.headers.get("content-encoding")).toBe("gzip");
  expect(gunzipSync(Buffer.from(await response.arrayBuffer())).toString()).toBe(plain.body);
});

test.each(["/assets/none.js", "/assets/..%2f..%2fpackage.json", "/assets/%2e%2e/index.html", "/index.html"])(
  "%s is no file",
  async (path) => {
    const { ask } = makeApi();
    expect((await ask(path)).status).toBe(404);
  },
);

test("links from other pages lead to the console, but not to what it reads", async () => {
  const { ask } = makeApi();
  const headers = { "sec-fetch-site": "cross-site" };
  expect((await ask("/", { headers })).status).toBe(200);
  expect((await ask("/console.json", { headers })).status).toBe(403);
});

test("a host that is none of ours gets no page", async () => {
  const { ask } = makeApi();
  expect((await ask("/", { headers: { host: "rebound.example" } })).status).toBe(421);
});

test("without a token the page is there, and its facts are not", async () => {
  const { ask } = makeApi({ token: "a token of some length" });
  expect((await ask("/")).status).toBe(200);
  expect((await ask("/console.json")).status).toBe(401);
});

test("console: false serves no page", async () => {
  const { ask } = makeApi({ console: false });
  expect((await ask("/")).status).toBe(404);
  expect((await ask("/console.json")).status).toBe(404);
});

test("console.json says what the page may do", async () => {
  const traceUrl = "https://jaeger.example/trace/{traceId}";
  const { ask } = makeApi({ actions: true, traceUrl });
  expect((await ask("/console.json")).body).toEqual({ actions: true, health: false, traceUrl });
});

test.each(["https://jaeger.example/", "javascript:alert('{traceId}')", "/trace/{traceId}", 7])(
  "traceUrl does not take %j",
  (traceUrl) => {
    expect(() => httpApi({ traceUrl: traceUrl as string })).toThrow(InvalidOptionError);
  },
);

test("below a base path the page is a folder, and so are the mounts of Express", async () => {
  const based = makeApi({ basePath: "/ops/tasks" });
  const moved = await based.ask("/ops/tasks");
  expect([moved.status, moved.headers.get("location")]).toEqual([308, "./tasks/"]);
  expect((await based.ask("/ops/tasks/")).status).toBe(200);

  const api = httpApi();
  const tasks = createTracker({ plugins: [api] });
  const server = createServer(express().use("/ops", api.handler));
  onTestFinished(async () => {
    await tasks.shutdown({ drainMs: 0, graceMs: 0 });
    server.close();
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const mounted = await askRaw(`${url}/ops`);
  expect([mounted.status, mounted.headers.location]).toEqual([308, "./ops/"]);
  expect((await askRaw(`${url}/ops/`)).status).toBe(200);
});

import { createServer, request } from "node:http";
import type { IncomingHttpHeaders, IncomingMessage, RequestListener, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { gunzipSync } from "node:zlib";
import { createTracker } from "taskscope";
import type { Plugin, Tracker } from "taskscope";
import { metricsPage } from "taskscope/http";
import type { MetricsPage } from "taskscope/http";
import { ManualClock } from "taskscope/testing";
import { describe, expect, onTestFinished, test } from "vitest";

interface Answer {
  readonly status: number | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** Serves on the loopback until the test ends. Gives its port. */
async function listen(listener: RequestListener): Promise<number> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return (server.address() as AddressInfo).port;
}

/** Asks as it stands: `fetch` would add headers and take the gzip off. */
function ask(port: number, method = "GET", headers: Record<string, string> = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = request({ host: "127.0.0.1", port, method, headers, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("error", reject);
      response.on("end", () =>
        resolve({ status: response.statusCode, headers: response.headers, body: Buffer.concat(chunks) }),
      );
    });
    sent.on("error", reject);
    sent.end();
  });
}

/** Asks, and reads nothing of the body before it is finished. */
async function begin(
  port: number,
  headers: Record<string, string>,
): Promise<{ readonly finish: () => Promise<Buffer> }> {
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    request({ host: "127.0.0.1", port, headers, agent: false }, resolve).on("error", reject).end();
  });
  return { finish: async () => Buffer.concat((await response.toArray()) as Buffer[]) };
}

function trackedPage(): { page: MetricsPage; tasks: Tracker } {
  const page = metricsPage();
  const tasks = createTracker({ clock: new ManualClock(), plugins: [page] });
  tasks.wrap({ name: "größe ✓" }, () => {})();
  return { page, tasks };
}

/** Without what goes on by itself between two looks: the delay of the event loop. */
const still = (page: Buffer | string): string =>
  page.toString("utf8").replaceAll(/^taskscope_event_loop_delay_seconds.*\n/gm, "");

describe("the handler of a metricsPage()", () => {
  test("answers GET with the page, its length and its type", async () => {
    const { page } = trackedPage();
    const { status, headers, body } = await ask(await listen(page.handler));
    expect(status).toBe(200);
    expect(headers).toMatchObject({
      "content-type": "text/plain; version=0.0.4; charset=utf-8",
      "content-length": String(body.length),
      "x-content-type-options": "nosniff",
      vary: "Accept, Accept-Encoding",
    });
    expect(headers["content-encoding"]).toBeUndefined();
    expect(still(body)).toBe(still((await page.render()).body));
    expect(body.toString("utf8")).toContain('task_name="größe ✓"');
  });

  test("answers with OpenMetrics where that is asked for", async () => {
    const { page } = trackedPage();
    const { headers, body } = await ask(await listen(page.handler), "GET", {
      accept: "application/openmetrics-text",
    });
    expect(headers["content-type"]).toBe("application/openmetrics-text; version=1.0.0; charset=utf-8");
    expect(body.toString("utf8")).toMatch(/\n# EOF\n$/);
  });

  test("answers HEAD with the same headers and nothing else", async () => {
    const { page } = trackedPage();
    const port = await listen(page.handler);
    const got = await ask(port);
    const { status, headers, body } = await ask(port, "HEAD");
    expect(status).toBe(200);
    expect(headers["content-length"]).toBe(got.headers["content-length"]);
    expect(headers["content-type"]).toBe(got.headers["content-type"]);
    expect(body).toHaveLength(0);
  });

  test.each(["POST", "PUT", "DELETE", "OPTIONS", "PATCH"])("answers %s with 405", async (method) => {
    const { status, headers } = await ask(await listen(trackedPage().page.handler), method);
    expect(status).toBe(405);
    expect(headers.allow).toBe("GET, HEAD");
  });

  test("gives gzip to those who take it", async () => {
    const { page } = trackedPage();
    const port = await listen(page.handler);
    const { headers, body } = await ask(port, "GET", { "accept-encoding": "gzip" });
    expect(headers).toMatchObject({ "content-encoding": "gzip", "content-length": String(body.length) });
    expect(still(gunzipSync(body))).toBe(still((await page.render()).body));
    expect((await ask(port, "HEAD", { "accept-encoding": "gzip" })).headers["content-encoding"]).toBe("gzip");
  });

  test.each(["identity", "gzip"])(
    "gives a slow reader its own page, whatever is written since (%s)",
    async (coding) => {
      const page = metricsPage();
      const tasks = createTracker({
        clock: new ManualClock(),
        plugins: [page],
        limits: { maxSeries: 3_000 },
      });
      // More than the sockets hold.
      const works = Array.from({ length: 3_000 }, (_, index) => tasks.wrap(`series-${index}`, () => {}));
      for (const work of works) work();
      const port = await listen(page.handler);
      const headers = { "accept-encoding": coding };
      const slow = await begin(port, headers);
      for (const work of works) work();
      const decode = (body: Buffer): string => (coding === "gzip" ? gunzipSync(body) : body).toString("utf8");
      const counted = (body: Buffer): Set<string> =>
        new Set(
          Array.from(
            decode(body).matchAll(/^taskscope_task_duration_seconds_count\{.*\} (.*)$/gm),
            ([, n]) => n ?? "",
          ),
        );
      const later = [await ask(port, "GET", headers), await ask(port, "GET", headers)];
      expect(later.map(({ body }) => counted(body))).toEqual([new Set(["2"]), new Set(["2"])]);
      const first = await slow.finish();
      expect(decode(first).length).toBeGreaterThan(10_000_000);
      expect(counted(first)).toEqual(new Set(["1"]));
    },
  );

  test("does not compress a page that is small anyway", async () => {
    const { headers, body } = await ask(await listen(metricsPage().handler), "GET", {
      accept: "application/openmetrics-text",
      "accept-encoding": "gzip",
    });
    expect(headers["content-encoding"]).toBeUndefined();
    expect(body.toString("utf8")).toBe("# EOF\n");
  });

  test("serves many at once, each with numbers no older than its question", async () => {
    const { page, tasks } = trackedPage();
    const port = await listen(page.handler);
    const work = tasks.wrap("work", () => {});
    const answers = await Promise.all(
      Array.from({ length: 20 }, async () => {
        work();
        const { completed } = tasks.stats().total;
        return { completed, body: (await ask(port)).body.toString("utf8") };
      }),
    );
    for (const { completed, body } of answers) {
      const sum = Array.from(body.matchAll(/^taskscope_tasks_completed_total\{.*\} (\d+)$/gm), ([, n]) =>
        Number(n),
      );
      expect(sum.reduce((a, b) => a + b, 0)).toBeGreaterThanOrEqual(completed);
    }
  });

  test("leaves alone what somebody else has answered, and whoever has gone", async () => {
    const page = metricsPage();
    const warnings: string[] = [];
    createTracker({ plugins: [page], diag: { warn: (message) => void warnings.push(message) } });
    let settled: Promise<unknown> = Promise.resolve();
    const port = await listen((incoming: IncomingMessage, response: ServerResponse) => {
      page.handler(incoming, response);
      if (incoming.url === "/") response.end("mine");
      else response.destroy();
      settled = page.render();
    });
    expect((await ask(port)).body.toString("utf8")).toBe("mine");
    await settled;
    expect(warnings).toEqual([]);
  });

  test("a response that cannot be written is reported once and ends; the process goes on", async () => {
    const page = metricsPage();
    const warnings: string[] = [];
    createTracker({ plugins: [page], diag: { warn: (message) => void warnings.push(message) } });
    const port = await listen((incoming, response) => {
      response.writeHead = () => {
        throw new Error("no");
      };
      page.handler(incoming, response);
    });
    await expect(ask(port)).rejects.toThrow();
    await expect(ask(port)).rejects.toThrow();
    expect(warnings).toEqual(["metricsPage() could not answer a request"]);
  });

  test("a tracker that cannot be read is left out, reported once, and takes nobody's page down", async () => {
    const page = metricsPage();
    const warnings: string[] = [];
    const broken: Plugin = {
      name: "breaks-stats",
      setup: (context) =>
        page.setup({
          ...context,
          stats: () => {
            throw new Error("unreadable");
          },
        }),
    };
    createTracker({ diag: { warn: (message) => void warnings.push(message) }, plugins: [broken] });
    createTracker({ plugins: [page] }).wrap("work", () => {})();
    await page.render();
    expect((await page.render()).body).toMatch(/^taskscope_tasks_spawned_total\{.*task_name="work"\} 1$/m);
    expect(warnings).toHaveLength(1);
  });
});

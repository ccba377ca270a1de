import { connect } from "node:net";
import { gzipSync } from "node:zlib";
import { httpApi } from "taskscope/http";
import { describe, expect, onTestFinished, test } from "vitest";
import { askRaw, makeApi, posted, turn, untilCancelled } from "./api-client.ts";

const TOKEN = "correct-horse-battery-staple";

/** Sends bytes as they are, and gives all that comes back until the server closes. */
function sendBytes(url: string, bytes: string): Promise<string> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    let answer = "";
    const socket = connect(Number(port), hostname, () => socket.write(bytes));
    socket.setEncoding("utf8").on("data", (chunk: string) => (answer += chunk));
    socket.on("error", reject);
    socket.on("close", () => resolve(answer));
  });
}

async function served(
  options: Parameters<typeof makeApi>[0] = {},
): Promise<ReturnType<typeof makeApi> & { url: string }> {
  const made = makeApi({ listen: { port: 0 }, ...options });
  await made.tasks.ready;
  return { ...made, url: String(made.api.url) };
}

describe("httpApi() answers", { timeout: 240_000 }, () => {
  test.each(["localhost", "LOCALHOST:1", "127.0.0.1:9", "127.1.2.3", "[::1]:80"])(
    "clients that name it %s",
    async (host) => {
      const { url } = await served();
      expect((await askRaw(`${url}/stats`, { host })).status).toBe(200);
    },
  );

  test.each([
    "evil.example",
    "evil.example:80",
    "localhost.evil.example",
    "127.0.0.1.evil.example",
    "10.0.0.1",
    "[::2]",
    "x",
  ])("not those whose page has made %s mean this machine", async (host) => {
    const { url } = await served({ actions: true });
    for (const [path, method] of [
      ["/stats", "GET"],
      ["/tasks/cancel", "POST"],
      ["/openapi.json", "GET"],
      ["/nothing", "GET"],
    ] as const) {
      const { status, body } = await askRaw(`${url}${path}`, { host }, method);
      expect(status).toBe(421);
      expect(JSON.parse(body)).toMatchObject({ error: { code: "unknown_host" } });
    }
  });

  test("names that it was told of", async () => {
    const { url } = await served({ hosts: ["Ops.example"] });
    expect((await askRaw(`${url}/stats`, { host: "ops.example:8080" })).status).toBe(200);
    expect((await askRaw(`${url}/stats`, { host: "other.example" })).status).toBe(421);
  });

  test("a request with no host, or two, not at all", async () => {
    const { url } = await served();
    for (const hosts of [
      "",
      "host: localhost\r\nhost: evil.example\r\n",
      "host: a b\r\n",
      "host: localhost@evil\r\n",
    ])
      expect(await sendBytes(url, `GET /stats HTTP/1.1\r\n${hosts}connection: close\r\n\r\n`)).toMatch(
        /^HTTP\/1\.1 4\d\d /,
      );
  });

  test("pages of its own origin, and no others", async () => {
    const { ask, tasks } = makeApi({ actions: true });
    const live = tasks.spawn("live", untilCancelled);
    await turn();
    const headers = { host: "localhost:1234" };
    expect((await ask("/stats", { headers: { ...headers, origin: "http://localhost:1234" } })).status).toBe(
      200,
    );
    for (const origin of [
      "http://evil.example",
      "http://localhost:9999",
      "null",
      "https://localhost:1234.evil.example",
    ]) {
      const sent = posted({ filter: { name: "live" } }, { ...headers, origin });
      expect(await ask("/tasks/cancel", sent)).toMatchObject({
        status: 403,
        body: { error: { code: "forbidden_origin" } },
      });
      expect(
        (await ask("/stats", { headers: { ...headers, origin } })).headers.get("access-control-allow-origin"),
      ).toBeNull();
    }
    expect((await ask("/stats", { headers: { ...headers, "sec-fetch-site": "cross-site" } })).status).toBe(
      403,
    );
    expect(live.state).toBe("running");
  });

  test("pages of the origins it was told of, so that they can read the answer", async () => {
    const origin = "https://ops.example";
    const { ask } = makeApi({ origins: [origin], token: TOKEN });
    const asked = await ask("/stats", {
      method: "OPTIONS",
      headers: {
        origin,
        "access-control-request-method": "GET",
        "access-control-request-headers": "authorization",
      },
    });
    expect(asked.status).toBe(204);
    expect(asked.headers.get("access-control-allow-origin")).toBe(origin);
    expect(asked.headers.get("access-control-allow-headers")).toContain("authorization");
    const got = await ask("/stats", { headers: { origin, authorization: `Bearer ${TOKEN}` } });
    expect(got.status).toBe(200);
    expect(got.headers.get("access-control-allow-origin")).toBe(origin);
    const foreign = { origin: "https://evil.example", "access-control-request-method": "GET" };
    expect((await ask("/stats", { method: "OPTIONS", headers: foreign })).status).toBe(403);
  });

  test.each([
    undefined,
    "",
    "Bearer",
    "Bearer ",
    `Bearer ${TOKEN.slice(0, -1)}`,
    `Bearer ${TOKEN}x`,
    `Bearer x${TOKEN}`,
    `Basic ${TOKEN}`,
    TOKEN,
    `Bearer ${"x".repeat(7_000)}`,
  ])("nobody without the token: %s", async (authorization) => {
    const { ask } = makeApi({ token: TOKEN, actions: true });
    const headers: Record<string, string> = authorization === undefined ? {} : { authorization };
    for (const path of [
      "/tasks",
      "/stats",
      "/events",
      "/metrics",
      "/openapi.json",
      "/nothing",
      `/stats?token=${TOKEN}`,
    ]) {
      const { status, body, headers: answered } = await ask(path, { headers });
      expect([path, status]).toEqual([path, 401]);
      expect(body.error.code).toBe("unauthorized");
      expect(answered.get("www-authenticate")).toContain("Bearer");
    }
    expect((await ask("/tasks/cancel", posted({ filter: { name: "a" } }, headers))).status).toBe(401);
  });

  test("whoever has the token; probes learn the status and no more", async () => {
    const { ask } = makeApi({ token: TOKEN });
    const headers = { authorization: `bearer ${TOKEN}` };
    expect((await ask("/stats", { headers })).status).toBe(200);
    expect((await ask("/health")).body).toEqual({ status: "ok" });
    expect((await ask("/ready")).body).toEqual({ status: "ready" });
    expect((await ask("/health", { headers })).body).toEqual({ status: "ok", rules: 0, firing: [] });
  });

  test("whom authorize lets in; one that throws lets in nobody", async () => {
    const yes = makeApi({ authorize: async (request) => request.headers.get("x-user") === "me" });
    expect((await yes.ask("/stats", { headers: { "x-user": "me" } })).status).toBe(200);
    expect((await yes.ask("/stats")).status).toBe(401);
    const throws = makeApi({
      authorize: () => {
        throw new Error("secret");
      },
    });
    const { status, body } = await throws.ask("/stats");
    expect([status, JSON.stringify(body)]).toEqual([401, expect.not.stringContaining("secret")]);
    const odd = makeApi({ authorize: (() => "yes") as unknown as () => boolean });
    expect((await odd.ask("/stats")).status).toBe(401);
  });

  test.each([
    [{ token: "short" }, "httpApi.token"],
    [{ hosts: ["*"] }, "httpApi.hosts"],
    [{ hosts: ["a b"] }, "httpApi.hosts"],
    [{ origins: ["ops.example"] }, "httpApi.origins"],
    [{ listen: { port: 70_000 } }, "httpApi.listen.port"],
    [{ listen: { port: 1, host: "0.0.0.0" } }, "httpApi.listen.host"],
    [{ basePath: "/ops/" }, "httpApi.basePath"],
    [{ actions: "yes" }, "httpApi.actions"],
    [{ health: {} }, "httpApi.health"],
    [{ maxStreams: -1 }, "httpApi.maxStreams"],
    [{ action: true }, "action"],
  ])("not with the options %j", (options, option) => {
    expect(() => httpApi(options as object)).toThrowError(
      expect.objectContaining({ code: "TASKSCOPE_INVALID_OPTION" }),
    );
    expect(() => httpApi(options as object)).toThrow(option);
    expect(() => httpApi(options as object)).not.toThrow("short");
  });
});

test("a token that is too short is refused by its length, and not shown", () => {
  const refused = 'httpApi.token takes a string of 16 characters or more, got "*****" (string)';
  expect(() => httpApi({ token: "short" })).toThrow(refused);
});

describe("what clients send does no harm:", { timeout: 240_000 }, () => {
  test("paths that climb lead nowhere", async () => {
    const { url } = await served();
    for (const path of [
      "/../../etc/passwd",
      "/tasks/../../etc/passwd",
      "/%2e%2e/%2e%2e/etc/passwd",
      "/tasks/..%2f..%2fetc%2fpasswd",
      "//etc/passwd",
      "/tasks/%00",
      "/tasks/%ff",
      "/\\..\\x",
    ]) {
      const answer = await sendBytes(
        url,
        `GET ${path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n`,
      );
      expect([path, answer.slice(0, 12)]).toEqual([path, expect.stringMatching(/^HTTP\/1\.1 40[04]$/)]);
      expect(answer).not.toContain("root:");
    }
  });

  test("a query of 10 MB is refused, by Node and by the API", async () => {
    const { url, ask } = await served();
    const long = `/tasks?text=${"x".repeat(10_000_000)}`;
    expect(await ask(long)).toMatchObject({ status: 414, body: { error: { code: "url_too_long" } } });
    const answer = await sendBytes(url, `GET ${long} HTTP/1.1\r\nhost: localhost\r\n\r\n`).catch(
      () => "HTTP/1.1 431 cut",
    );
    expect(answer).toMatch(/^HTTP\/1\.1 431 /);
    expect((await ask("/stats")).status).toBe(200);
  });

  test("requests that two servers could read differently are refused", async () => {
    const { url } = await served({ actions: true });
    const head = "POST /tasks/cancel HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n";
    const smuggled = "GET /stats HTTP/1.1\r\nhost: localhost\r\n\r\n";
    for (const framing of [
      "content-length: 4\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
      "content-length: 4\r\ncontent-length: 5\r\n\r\nabcd",
      "transfer-encoding: chunked, identity\r\n\r\n0\r\n\r\n",
      "transfer-encoding : chunked\r\n\r\n0\r\n\r\n",
      "content-length: +4\r\n\r\nabcd",
    ]) {
      const answer = await sendBytes(url, `${head}${framing}${smuggled}`);
      expect([framing, answer]).toEqual([framing, expect.stringMatching(/^HTTP\/1\.1 400 /)]);
      expect(answer).not.toContain("spawned");
    }
  });

  test("bodies that unpack to more than they are, or never end, are not read", async () => {
    const { url, ask } = await served({ actions: true });
    const packed = gzipSync(Buffer.alloc(1_000_000, " "));
    const zipped = { "content-type": "application/json", "content-encoding": "gzip" };
    expect((await ask("/tasks/1/cancel", { method: "POST", body: packed, headers: zipped })).status).toBe(
      400,
    );
    const head = "POST /tasks/1/cancel HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n";
    const endless = `${head}transfer-encoding: chunked\r\n\r\n${`1000\r\n${" ".repeat(4_096)}\r\n`.repeat(6)}`;
    expect(await sendBytes(url, endless)).toMatch(/^HTTP\/1\.1 413 /);
  });

  test("scripts in names, errors and reasons come back as text of JSON", async () => {
    const script = `</script><script>alert(1)</script>\r\nset-cookie: a=b`;
    const { tasks, ask } = makeApi();
    await tasks
      .run({ name: script, type: script, attributes: { [script]: script } }, () =>
        Promise.reject(new Error(script)),
      )
      .catch(() => {});
    for (const path of [
      "/tasks",
      "/series",
      "/stats",
      "/tasks/tree",
      `/tasks?${encodeURIComponent(script)}=1`,
    ]) {
      const { headers, body } = await ask(path);
      expect(headers.get("content-type")).toBe("application/json; charset=utf-8");
      expect(headers.get("x-content-type-options")).toBe("nosniff");
      expect(headers.get("content-security-policy")).toContain("default-src 'none'");
      expect(headers.get("set-cookie")).toBeNull();
      expect(typeof body).toBe("object");
    }
    expect((await ask("/tasks")).body.tasks[0]).toMatchObject({ errorMessage: script });
  });

  test("types and names that are members of every object are only text", async () => {
    const { tasks, ask } = makeApi();
    for (const name of ["__proto__", "constructor", "toString"])
      await tasks.run({ name, type: name }, () => 1);
    const { byType } = (await ask("/stats")).body;
    expect(Object.keys(byType as object).toSorted()).toEqual(["__proto__", "constructor", "toString"]);
  });

  test("a failure of ours is reported once, and tells the client nothing", async () => {
    const warnings: string[] = [];
    const { ask } = makeApi(
      {
        health: {
          report: () => {
            throw new Error("secret");
          },
        },
      },
      { diag: { warn: (message) => void warnings.push(message) } },
    );
    for (const path of ["/alerts", "/health", "/alerts"])
      expect(await ask(path)).toMatchObject({
        status: 500,
        body: { error: { code: "internal", message: expect.not.stringContaining("secret") as string } },
      });
    expect(warnings).toEqual(["httpApi() could not answer a request"]);
  });

  test(
    "10,000 who open streams and read nothing take no more than their share",
    { timeout: 240_000 },
    async () => {
      const { url, ask } = await served({ maxStreams: 50 });
      const { hostname, port } = new URL(url);
      const sockets = new Set<ReturnType<typeof connect>>();
      onTestFinished(() => {
        for (const socket of sockets) socket.destroy();
      });
      let answered = 0;
      const open = (): Promise<void> =>
        new Promise((resolve) => {
          const socket = connect(Number(port), hostname, () =>
            socket.write("GET /events HTTP/1.1\r\nhost: localhost\r\n\r\n"),
          );
          sockets.add(socket);
          const settle = (): void => {
            answered += 1;
            resolve();
          };
          // Of those that are let in, only the first piece is read.
          socket.once("data", (chunk: Buffer) => {
            socket.pause();
            if (!chunk.toString("latin1").startsWith("HTTP/1.1 200")) {
              sockets.delete(socket);
              socket.destroy();
            }
            settle();
          });
          socket.once("error", settle);
        });
      for (let wave = 0; wave < 50; wave += 1) await Promise.all(Array.from({ length: 200 }, open));
      expect(answered).toBeGreaterThanOrEqual(10_000);
      const { streams } = (await ask("/stats")).body;
      expect(streams.open).toBe(50);
      expect(streams.refused).toBe(9_950);
    },
  );

  test(
    "10,000 who begin a request and never end it hold a thousand connections, and others are answered when they go",
    { timeout: 240_000 },
    async () => {
      const { url } = await served();
      const { hostname, port } = new URL(url);
      const held = new Set<ReturnType<typeof connect>>();
      onTestFinished(() => {
        for (const socket of held) socket.destroy();
      });
      let cut = 0;
      const begin = (): Promise<void> =>
        new Promise((resolve) => {
          const socket = connect(Number(port), hostname, () => {
            socket.write("GET /events HTTP/1.1\r\nhost: loc");
            resolve();
          });
          held.add(socket);
          socket.on("error", () => resolve());
          socket.on("close", () => {
            cut += 1;
            held.delete(socket);
          });
          socket.resume();
        });
      for (let wave = 0; wave < 50; wave += 1) await Promise.all(Array.from({ length: 200 }, begin));
      await expect.poll(() => cut, { timeout: 120_000 }).toBeGreaterThanOrEqual(9_000);
      for (const socket of held) socket.destroy();
      const isAnswered = async (): Promise<unknown> =>
        askRaw(`${url}/ready`).then(
          ({ status }) => status,
          () => "cut",
        );
      await expect.poll(isAnswered, { timeout: 60_000 }).toBe(200);
    },
  );
});

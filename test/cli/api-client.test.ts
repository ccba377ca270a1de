import type { ServerResponse } from "node:http";
import { createTracker } from "taskscope";
import { httpApi } from "taskscope/http";
import { describe, expect, onTestFinished, test } from "vitest";
import { readApiAddress } from "../../src/cli/remote/api-address.ts";
import { ApiClient } from "../../src/cli/remote/api-client.ts";
import { ApiError } from "../../src/cli/remote/api-error.ts";
import type { StreamEntry } from "../../src/cli/remote/answers.ts";
import type { StreamLink } from "../../src/cli/remote/follow-events.ts";
import { deferred } from "../tracker/support.ts";
import { deadAddress, serve, serveTasks } from "./served.ts";

const token = "a-token-of-some-length";

async function failureOf(promise: Promise<unknown>): Promise<ApiError> {
  const error: unknown = await promise.catch((reason: unknown) => reason);
  if (error instanceof ApiError) return error;
  throw new Error("it should have been an ApiError", { cause: error });
}

describe("an address", () => {
  test.each([
    ["http://127.0.0.1:9465", "http://127.0.0.1:9465"],
    ["http://127.0.0.1:9465/", "http://127.0.0.1:9465"],
    ["https://ops.example.org/tasks/#/task/7?x", "https://ops.example.org/tasks"],
    ["localhost:9465/ops", "http://localhost:9465/ops"],
    [":9465", "http://127.0.0.1:9465"],
    ["9465", "http://127.0.0.1:9465"],
    ["8123/console", "http://127.0.0.1:8123/console"],
    ["[::1]:9465", "http://[::1]:9465"],
  ])("is read as people write it: %s", (given, url) => {
    expect(readApiAddress(given)).toBe(url);
  });

  test.each(["", "ftp://127.0.0.1", "http://", "file:///etc/passwd", "a b", "70000"])(
    "is not %j",
    (given) => {
      expect(() => readApiAddress(given)).toThrow(expect.objectContaining({ exitCode: 2 }));
    },
  );

  test("takes no password, and does not repeat it", () => {
    expect(() => readApiAddress("http://me:secret@127.0.0.1:9465")).toThrow(
      expect.objectContaining({ exitCode: 2, message: expect.not.stringContaining("secret") as string }),
    );
  });
});

describe("a client", () => {
  test("asks what the API knows", async () => {
    const { tasks, url } = await serveTasks();
    tasks.open({ name: "upload", type: "network" }).start();
    const client = new ApiClient({ url });
    const { tasks: shown, total } = await client.tasks({ type: "network", name: undefined });
    expect(shown.map(({ name }) => name)).toEqual(["upload"]);
    expect(total).toBe(1);
    expect((await client.stats()).total.running).toBe(1);
    expect((await client.series()).series[0]?.name).toBe("upload");
    expect((await client.tree()).tasks[0]?.children).toEqual([]);
    expect(await client.health()).toEqual({ status: "ok", rules: 0, firing: [] });
    expect(await client.alerts()).toEqual({ rules: 0, alerts: [] });
    expect(await client.console()).toEqual({ actions: false, health: false });
  });

  test("gives the answer of a process that is failing", async () => {
    const report = () => ({ status: "failing" as const, rules: 1, alerts: [] });
    const { url } = await serveTasks({ health: { report } });
    expect(await new ApiClient({ url }).health()).toEqual({ status: "failing", rules: 1, firing: [] });
  });

  test("cancels one task, or those of a filter, with the reason", async () => {
    const { tasks, url } = await serveTasks({ actions: true });
    const until = ({ signal }: { signal: AbortSignal }) =>
      new Promise<never>((_, reject) =>
        signal.addEventListener("abort", () => reject(signal.reason as Error)),
      );
    const [one, two] = [tasks.spawn("one", until), tasks.spawn("two", until)];
    const client = new ApiClient({ url });
    expect((await client.cancel(one.id, "enough")).state).toBe("cancelled");
    expect(await client.cancelWhere({ name: "two" })).toBe(1);
    expect(await one.outcome).toMatchObject({ cancelledBy: "request", reason: "enough" });
    expect((await two.outcome).status).toBe("cancelled");
    expect((await failureOf(client.cancel(one.id))).code).toBe("not_cancellable");
  });

  test.each([
    ["without one, and says how to give it", undefined, /TASKSCOPE_TOKEN/],
    ["with another, and does not say which", "another-token-of-mine", /does not take the token/],
  ])("is refused where a token is wanted: %s", async (_, given, message) => {
    const { url } = await serveTasks({ token });
    const error = await failureOf(new ApiClient({ url, token: given }).stats());
    expect(error).toMatchObject({ code: "unauthorized", exitCode: 4 });
    expect(error.message).toMatch(message);
    expect(error.message).not.toContain("another");
    expect(await new ApiClient({ url, token }).stats()).toMatchObject({ series: 0 });
  });

  test("says what it takes to cancel", async () => {
    const { url } = await serveTasks();
    const error = await failureOf(new ApiClient({ url }).cancel(1));
    expect(error).toMatchObject({ code: "actions_disabled", exitCode: 4 });
    expect(error.message).toContain("actions: true");
  });

  test("says that nobody listens", async () => {
    const url = deadAddress;
    const error = await failureOf(new ApiClient({ url }).stats());
    expect(error).toMatchObject({ code: "unreachable", exitCode: 3 });
    expect(error.message).toContain(`cannot reach ${url}: nothing listens there`);
  });

  test.each([
    ["a page", 200, { "content-type": "text/html" }, "not_an_api"],
    ["a way to a login", 302, { location: "http://127.0.0.1:1/login" }, "not_an_api"],
    ["an API of another time", 200, { "taskscope-api": "2.0.0" }, "other_version"],
    ["no JSON", 200, { "taskscope-api": "1.9.9" }, "not_an_api"],
  ])("tells an API from %s", async (_, status, headers, code) => {
    const url = await serve((_request, response) => void response.writeHead(status, headers).end("<p>"));
    expect(await failureOf(new ApiClient({ url }).stats())).toMatchObject({ code, exitCode: 3 });
  });

  test("ends with its signal", async () => {
    const asked = deferred<ServerResponse>();
    const url = await serve((_, response) => asked.resolve(response));
    const stopping = new AbortController();
    const answer = new ApiClient({ url }).stats(stopping.signal);
    await asked.promise;
    const reason = new Error("enough");
    stopping.abort(reason);
    await expect(answer).rejects.toBe(reason);
  });
});

describe("a stream of events", () => {
  test("brings those of the filter", async () => {
    const { tasks, url } = await serveTasks();
    const live = deferred<void>();
    const stream = new ApiClient({ url }).events({ kind: "completed" }, { onLink: () => live.resolve() });
    const first = stream.next();
    await live.promise;
    await tasks.run("hello", () => Promise.resolve(1));
    const { value } = await first;
    expect(value).toMatchObject({ event: { kind: "completed", name: "hello" } });
    await stream.return();
  });

  test("goes on after a break, without a gap and without repeating any", async () => {
    // The API behind a server that can break connections, as a proxy does.
    const api = httpApi();
    const tasks = createTracker({ watchMs: Infinity, plugins: [api] });
    onTestFinished(async () => void (await tasks.shutdown()));
    const open = new Set<ServerResponse>();
    const url = await serve((request, response) => {
      open.add(response);
      response.on("close", () => open.delete(response));
      api.handler(request, response);
    });
    const links: StreamLink["state"][] = [];
    let isLive = deferred<void>();
    const isLost = deferred<void>();
    const stream = new ApiClient({ url }).events(
      { kind: "completed" },
      {
        onLink: ({ state }) => {
          links.push(state);
          if (state === "live") isLive.resolve();
          else isLost.resolve();
        },
      },
    );
    const names: string[] = [];
    const seen = async (): Promise<void> => {
      const { value } = await stream.next();
      names.push(value !== undefined && "event" in value ? value.event.name : "");
    };
    const first = seen();
    await isLive.promise;
    await tasks.run("before", () => Promise.resolve());
    await first;
    isLive = deferred<void>();
    const next = seen();
    for (const response of open) response.destroy();
    await isLost.promise;
    await tasks.run("meanwhile", () => Promise.resolve());
    await isLive.promise;
    await tasks.run("after", () => Promise.resolve());
    await next;
    await seen();
    expect(names).toEqual(["before", "meanwhile", "after"]);
    expect(links).toEqual(["live", "lost", "live"]);
    await stream.return();
  });

  test("says that events were missed where another process is there instead", async () => {
    const entries: StreamEntry[] = [];
    let asked = 0;
    const url = await serve((request, response) => {
      asked += 1;
      response.writeHead(200, { "taskscope-api": "1.0.0", "content-type": "text/event-stream" });
      if (asked === 1) response.end(`id: a-1\ndata: {"kind":"completed"}\n\n`);
      else
        response.end(
          `event: missed\ndata: {"dropped":null}\n\nid: ${request.headers["last-event-id"] as string}x\ndata: {"kind":"failed"}\n\n`,
        );
    });
    for await (const entry of new ApiClient({ url }).events()) if (entries.push(entry) === 3) break;
    expect(entries).toEqual([
      { event: { kind: "completed" } },
      { missed: null },
      { event: { kind: "failed" } },
    ]);
  });

  test("ends with an error when the process is not found again", async () => {
    const { tasks, url } = await serveTasks();
    const live = deferred<void>();
    const stream = new ApiClient({ url }).events({}, { searchMs: 0, onLink: () => live.resolve() });
    const next = failureOf(stream.next());
    await live.promise;
    await tasks.shutdown();
    expect((await next).exitCode).toBe(3);
  });

  test("is refused at once where nobody has ever answered", async () => {
    const url = deadAddress;
    const error = await failureOf(new ApiClient({ url }).events().next());
    expect(error.code).toBe("unreachable");
  });
});

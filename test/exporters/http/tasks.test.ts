import { createTracker } from "taskscope";
import { ManualClock } from "taskscope/testing";
import { describe, expect, test } from "vitest";
import { makeApi, posted, turn, untilCancelled } from "./api-client.ts";
import type { ApiAnswer } from "./api-client.ts";

const namesIn = ({ body }: ApiAnswer): string[] => body.tasks.map(({ name }: { name: string }) => name);

test("GET /stats says which process answers, without the folder that it runs in", async () => {
  const { ask } = makeApi();
  const { process: found } = (await ask("/stats")).body;
  expect(found).toEqual({ pid: process.pid, name: expect.any(String), startedAtMs: expect.any(Number) });
  expect(found.name).not.toMatch(/[/\\]/);
  expect(found.name).not.toBe("");
  expect(found.startedAtMs).toBeLessThanOrEqual(Date.now());
});

describe("GET /tasks", () => {
  test("gives live and retained tasks, the oldest first", async () => {
    const { tasks, ask } = makeApi();
    await tasks.run({ name: "done", type: "a" }, () => 1);
    const live = tasks.spawn({ name: "live", type: "b", key: "k", attributes: { n: 1 } }, untilCancelled);
    await turn();
    const answer = await ask("/tasks");
    expect(answer.status).toBe(200);
    expect(answer.headers.get("content-type")).toBe("application/json; charset=utf-8");
    expect(answer.body).toMatchObject({ total: 2, nextCursor: null });
    expect(namesIn(answer)).toEqual(["done", "live"]);
    expect(answer.body.tasks[1]).toMatchObject({
      id: live.id,
      state: "running",
      type: "b",
      key: "k",
      managed: true,
      attempt: 1,
      attributes: { n: 1 },
    });
  });

  test.each([
    ["state=running", ["parent", "child", "other"]],
    ["state=completed", ["done"]],
    ["type=b", ["other"]],
    ["name=child", ["child"]],
    ["key=k", ["other"]],
    ["parentId=PARENT", ["child"]],
    ["olderThanMs=500", ["done", "parent"]],
    ["text=HIL", ["child"]],
    ["text=K&type=b", ["other"]],
    ["sort=-id", ["other", "child", "parent", "done"]],
    ["sort=name", ["child", "done", "other", "parent"]],
    ["sort=-durationMs&state=running", ["parent", "child", "other"]],
    ["sort=-endedAtMs", ["done", "parent", "child", "other"]],
    ["limit=2", ["done", "parent"]],
  ])("%s gives %j", async (query, names) => {
    const clock = new ManualClock();
    const { tasks, ask } = makeApi({}, { clock });
    await tasks.run("done", () => 1);
    const parent = tasks.spawn("parent", async (context) => {
      await clock.advance(1_000);
      context.spawn("child", untilCancelled);
      await untilCancelled(context);
    });
    await turn();
    await clock.advance(1_100);
    tasks.spawn({ name: "other", type: "b", key: "k" }, untilCancelled);
    await turn();
    await clock.advance(100);
    expect(namesIn(await ask(`/tasks?${query.replace("PARENT", String(parent.id))}`))).toEqual(names);
  });

  test.each(["id", "-id", "name", "-name", "-durationMs", "startedAtMs", "endedAtMs"])(
    "pages in the order of %s give every task once, while time goes by",
    async (sort) => {
      const clock = new ManualClock();
      const { tasks, ask } = makeApi({}, { clock });
      for (let index = 0; index < 25; index += 1) {
        tasks.spawn(`task-${index % 7}`, index % 3 === 0 ? () => 1 : untilCancelled);
        await clock.advance(index % 4);
      }
      const seen: number[] = [];
      let cursor: string | null = "";
      do {
        const { body } = await ask(`/tasks?sort=${sort}&limit=4${cursor === "" ? "" : `&cursor=${cursor}`}`);
        expect(body.total).toBe(25);
        seen.push(...body.tasks.map(({ id }: { id: number }) => id));
        cursor = body.nextCursor as string | null;
        await clock.advance(1_000);
      } while (cursor !== null);
      expect(seen).toHaveLength(25);
      expect(new Set(seen).size).toBe(25);
    },
  );

  test.each([
    "state=odd",
    "limit=0",
    "limit=1001",
    "limit=1e2",
    "limit=",
    "parentId=-1",
    "olderThanMs=soon",
    "sort=colour",
    "unknown=1",
    "type=a&type=b",
    "cursor=made-up",
    `cursor=${Buffer.from('["-id",1,1,1]').toString("base64url")}`,
    `name=${"x".repeat(1_025)}`,
    "__proto__=1",
  ])("refuses %s", async (query) => {
    const { status, body } = await makeApi().ask(`/tasks?${query}`);
    expect(status).toBe(400);
    expect(body.error.code).toBe("bad_request");
    expect(body.error.message.length).toBeLessThan(300);
  });

  test("shows several trackers as one", async () => {
    const { api, tasks, ask } = makeApi();
    const other = createTracker({ plugins: [] });
    const remove = other.use(api);
    for (const name of ["1", "2", "3", "4"])
      await (Number(name) % 2 === 0 ? tasks : other).run(name, () => 1);
    expect(namesIn(await ask("/tasks?sort=-id&limit=3"))).toEqual(["4", "3", "2"]);
    const first = (await ask("/tasks?sort=-id&limit=3")).body.nextCursor as string;
    expect(namesIn(await ask(`/tasks?sort=-id&limit=3&cursor=${first}`))).toEqual(["1"]);
    expect((await ask("/stats")).body.total.completed).toBe(4);
    await remove();
    expect(namesIn(await ask("/tasks"))).toEqual(["2", "4"]);
  });
});

describe("GET /tasks/:id", () => {
  test("gives one task, live or retained", async () => {
    const { tasks, ask } = makeApi();
    const failed = tasks.spawn("fails", () => Promise.reject(new TypeError("no")));
    await failed.outcome;
    expect((await ask(`/tasks/${failed.id}`)).body.task).toMatchObject({
      id: failed.id,
      state: "failed",
      errorType: "TypeError",
      errorMessage: "no",
    });
  });

  test("does not know others", async () => {
    const { ask } = makeApi();
    expect(await ask("/tasks/999999")).toMatchObject({ status: 404, body: { error: { code: "not_found" } } });
    for (const id of ["0", "-1", "1.5", "x", "%2e%2e%2fetc%2fpasswd", "1e3"])
      expect((await ask(`/tasks/${id}`)).status, id).toBe(400);
  });
});

describe("GET /tasks/tree", () => {
  test("hangs tasks below those that started them", async () => {
    const { tasks, ask } = makeApi();
    const parent = tasks.spawn("parent", async (context) => {
      context.spawn("child", untilCancelled);
      await untilCancelled(context);
    });
    tasks.spawn("alone", untilCancelled);
    await turn();
    const { body } = await ask("/tasks/tree");
    expect(body).toMatchObject({
      shown: 3,
      truncated: false,
      tasks: [
        { name: "parent", children: [{ name: "child", children: [] }] },
        { name: "alone", children: [] },
      ],
    });
    expect((await ask(`/tasks/tree?id=${parent.id}`)).body.shown).toBe(2);
    expect((await ask("/tasks/tree?limit=2")).body).toMatchObject({ shown: 2, truncated: true });
    expect((await ask("/tasks/tree?depth=1")).body).toMatchObject({ shown: 2, truncated: true });
    expect((await ask("/tasks/tree?id=999999")).status).toBe(404);
  });

  test("a very deep tree is cut, not answered with an error", async () => {
    const { tasks, ask } = makeApi();
    const descend =
      (level: number) =>
      (context: Parameters<Parameters<typeof tasks.spawn>[1]>[0]): Promise<never> => {
        if (level > 0) void context.run("level", descend(level - 1)).catch(() => {});
        return untilCancelled(context);
      };
    tasks.spawn("top", descend(200));
    await turn();
    const { status, body } = await ask("/tasks/tree?depth=100&limit=10000");
    expect(status).toBe(200);
    expect(body).toMatchObject({ shown: 100, truncated: true });
  });
});

describe("cancelling", () => {
  test("is refused unless actions are on", async () => {
    const { tasks, ask } = makeApi();
    const { id } = tasks.spawn("live", untilCancelled);
    for (const [path, body] of [
      [`/tasks/${id}/cancel`, {}],
      ["/tasks/cancel", { filter: { name: "live" } }],
    ] as const)
      expect(await ask(path, posted(body))).toMatchObject({
        status: 403,
        body: { error: { code: "actions_disabled" } },
      });
    expect(tasks.get(id)?.state).not.toBe("cancelled");
  });

  test("one task ends it, by request and with the reason", async () => {
    const { tasks, ask } = makeApi({ actions: true });
    const live = tasks.spawn("live", untilCancelled);
    await turn();
    const { status, body } = await ask(`/tasks/${live.id}/cancel`, posted({ reason: "enough" }));
    expect(status).toBe(200);
    expect(body).toMatchObject({ requested: 1, task: { state: "cancelled", cancelledBy: "request" } });
    expect(await live.outcome).toMatchObject({ cancelledBy: "request", reason: "enough" });
    expect((await ask(`/tasks/${live.id}`)).body.task.cancelledBy).toBe("request");
    expect(await ask(`/tasks/${live.id}/cancel`, { method: "POST" })).toMatchObject({
      status: 409,
      body: { error: { code: "not_cancellable" } },
    });
    expect((await ask("/tasks/999999/cancel", { method: "POST" })).status).toBe(404);
  });

  test("many takes those that the filter lets through, and no others", async () => {
    const { tasks, ask } = makeApi({ actions: true });
    const wanted = [1, 2, 3].map(() => tasks.spawn({ name: "a", type: "x" }, untilCancelled));
    const other = tasks.spawn({ name: "a", type: "y" }, untilCancelled);
    await turn();
    expect((await ask("/tasks/cancel", posted({ filter: { name: "a", type: "x" } }))).body).toEqual({
      requested: 3,
    });
    for (const task of wanted) expect((await task.outcome).status).toBe("cancelled");
    expect(other.state).toBe("running");
  });

  test.each([
    [{}],
    [{ filter: {} }],
    [{ filter: [] }],
    [{ filter: null }],
    [{ filter: { nam: "a" } }],
    [{ filter: { name: 1 } }],
    [{ filter: { name: null } }],
    [{ filter: { state: "odd" } }],
    [{ filter: { name: "a" }, all: true }],
    [{ filter: { name: "a" }, reason: { toString: "x" } }],
    [[]],
    ["text"],
  ])("many with %j cancels nothing", async (body) => {
    const { tasks, ask } = makeApi({ actions: true });
    const live = tasks.spawn("a", untilCancelled);
    await turn();
    expect((await ask("/tasks/cancel", posted(body))).body.error.code).toBe("bad_request");
    expect(live.state).toBe("running");
  });

  test("takes bodies of JSON alone, and small ones", async () => {
    const { ask } = makeApi({ actions: true });
    const cancel = (init: RequestInit): Promise<ApiAnswer> =>
      ask("/tasks/1/cancel", { method: "POST", ...init });
    expect((await cancel({ body: "reason=x" })).status).toBe(415);
    expect((await cancel(posted({ reason: "x".repeat(20_000) }))).status).toBe(413);
    expect((await cancel({ ...posted({}), body: "{" })).status).toBe(400);
  });
});

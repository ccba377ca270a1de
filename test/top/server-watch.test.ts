import { createTracker } from "taskscope";
import type { Tracker } from "taskscope";
import { httpApi } from "taskscope/http";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { ApiClient } from "../../src/cli/remote/api-client.ts";
import type { Picture } from "../../src/cli/top/picture.ts";
import { ServerWatch } from "../../src/cli/top/server-watch.ts";
import { firstState } from "../../src/cli/top/top-state.ts";
import type { TopState } from "../../src/cli/top/top-state.ts";
import { wantsOf } from "../../src/cli/top/wants-of.ts";
import { serveTasks } from "../cli/served.ts";
import { steadyPort } from "../cli/steady-port.ts";

// They wait for what comes, however long a busy machine takes.
vi.setConfig({ testTimeout: 60_000 });

/** Watches a process until the test ends. `until` waits for a picture. */
function watch(url: string, intervalMs = 50) {
  let look: () => void = () => {};
  const watching = new ServerWatch(new ApiClient({ url }), intervalMs, () => look());
  onTestFinished(() => watching.close());
  return {
    watching,
    show: (state: Partial<TopState>): void => watching.want(wantsOf({ ...firstState, ...state }, 30), false),
    until: (isIt: (picture: Picture) => boolean): Promise<Picture> =>
      new Promise((resolve) => {
        look = () => {
          if (isIt(watching.picture)) resolve(watching.picture);
        };
        look();
      }),
  };
}

function open(tasks: Tracker, name: string, type = "general"): void {
  const task = tasks.open({ name, type });
  task.start();
  held.push(task);
}

const names = ({ tasks }: Picture): string[] => tasks.map(({ name }) => name);

describe("what is looked at", () => {
  test("is asked for in its order, with its filter, and counted", async () => {
    const { tasks, url } = await serveTasks();
    for (const name of ["b", "c", "a"]) open(tasks, name, `type-of-${name}`);
    held.push(tasks.open("waits"));
    await tasks.run("done", () => 1);
    const { watching, show } = watch(url);
    const shown = async (state: Partial<TopState>): Promise<string[]> => {
      show(state);
      await watching.look();
      return names(watching.picture);
    };
    expect(await shown({})).toEqual(["b", "c", "a", "waits"]);
    expect(watching.picture.taskTotal).toBe(4);
    expect(await shown({ isReversed: true })).toEqual(["waits", "a", "c", "b"]);
    expect(await shown({ order: "name" })).toEqual(["a", "b", "c", "waits"]);
    expect(await shown({ order: "state" })).toEqual(["waits", "b", "c", "a"]);
    expect(await shown({ states: "queued" })).toEqual(["waits"]);
    expect(await shown({ states: "completed" })).toEqual(["done"]);
    expect(await shown({ states: "all", order: "state" })).toEqual(["done", "waits", "b", "c", "a"]);
    expect(await shown({ filter: "TYPE-OF-C" })).toEqual(["c"]);
    expect(await shown({ only: { type: "type-of-a" } })).toEqual(["a"]);
    expect(await shown({ only: { type: "type-of-a", name: "b" } })).toEqual([]);
    expect(await shown({ order: "duration" })).toHaveLength(4);
  });

  test("comes by pages where it is long, and each task once", async () => {
    const { tasks, url } = await serveTasks();
    for (let at = 0; at < 2_300; at += 1) open(tasks, "one-of-many");
    const { watching, show } = watch(url);
    show({ at: 2_000 });
    await watching.look();
    expect(new Set(watching.picture.tasks.map(({ id }) => id)).size).toBe(2_300);
    show({ at: 400 });
    await watching.look();
    expect(watching.picture.tasks).toHaveLength(500);
    expect(watching.picture.taskTotal).toBe(2_300);
  });

  test("of one task is all of it: those that started it, and those that it started", async () => {
    const { tasks, url } = await serveTasks();
    let id = 0;
    tasks.spawn("top", (top) => {
      const middle = top.spawn("middle", (context) => {
        context.spawn("below", () => never());
        return never();
      });
      id = middle.id;
      return never();
    });
    const { watching, show, until } = watch(url);
    void watching.watch();
    await until(({ samples }) => samples.at(-1)?.stats.total.running === 3);
    show({ page: "task", taskId: id });
    const { taskView } = await until((picture) => picture.taskView !== undefined);
    expect(taskView).toMatchObject({ id, task: { name: "middle" }, childTotal: 1 });
    expect(taskView?.ancestors.map(({ name }) => name)).toEqual(["top"]);
    expect(taskView?.children.map(({ name }) => name)).toEqual(["below"]);
    show({ page: "task", taskId: 1_000_000 });
    const unknown = await until((picture) => picture.taskView?.id === 1_000_000);
    expect(unknown.taskView?.task).toBeUndefined();
    show({ page: "tree" });
    const { tree } = await until((picture) => picture.tree.length > 0);
    expect(tree[0]?.children[0]?.children[0]?.name).toBe("below");
    expect(held.length).toBeGreaterThanOrEqual(3);
  });

  test("is nothing that nobody looks at", async () => {
    const { tasks, url } = await serveTasks();
    open(tasks, "a");
    const { watching, show } = watch(url);
    show({ page: "names" });
    await watching.look();
    expect(watching.picture.tasks).toEqual([]);
    expect(watching.picture.series.map(({ name }) => name)).toEqual(["a"]);
  });
});

test("whether tasks may be cancelled is what the process says; one without a console does not", async () => {
  const wants = async (options: Parameters<typeof httpApi>[0]): Promise<boolean | undefined> => {
    const { watching } = watch((await serveTasks(options)).url);
    await watching.look();
    return watching.picture.actions;
  };
  expect(await wants({})).toBe(false);
  expect(await wants({ actions: true })).toBe(true);
  expect(await wants({ console: false })).toBeUndefined();
});

describe("a process that goes", () => {
  test("leaves its last picture, and another one on the same port is found and begins anew", async () => {
    const port = await steadyPort();
    const first = await listening(port);
    for (let at = 0; at < 5; at += 1) open(first.tasks, "old");
    const { watching, show, until } = watch(first.url);
    show({});
    void watching.watch();
    await until(({ tasks }) => tasks.length === 5);
    await first.end();
    const lost = await until(({ link }) => link.state === "lost");
    expect(names(lost)).toEqual(["old", "old", "old", "old", "old"]);
    expect(lost.link).toMatchObject({ why: expect.stringContaining("nothing listens there"), exitCode: 3 });
    const second = await listening(port);
    open(second.tasks, "new");
    const found = await until(({ link, tasks }) => link.state === "live" && tasks[0]?.name === "new");
    expect(names(found)).toEqual(["new"]);
    expect(found.samples.at(-1)?.stats.total.spawned).toBe(1);
    await second.end();
  });

  test("that wants a token says so", async () => {
    const { url } = await serveTasks({ token: "0123456789abcdef" });
    const { watching } = watch(url);
    await watching.look();
    expect(watching.picture.link).toMatchObject({ state: "lost", why: expect.stringContaining("token") });
  });
});

test("paused, nothing is asked for but what is looked at anew", async () => {
  const { tasks, url } = await serveTasks();
  open(tasks, "a");
  const { watching, until } = watch(url);
  const wants = wantsOf(firstState, 30);
  watching.want(wants, false);
  void watching.watch();
  await until((picture) => picture.tasks.length === 1);
  watching.want(wants, true);
  open(tasks, "b");
  watching.want(wantsOf({ ...firstState, filter: "b" }, 30), true);
  expect(names(await until(({ tasks: found }) => found[0]?.name === "b"))).toEqual(["b"]);
  watching.want(wantsOf({ ...firstState, filter: "b" }, 30), false);
});

test("ends at once when it is closed, whatever it waits for", async () => {
  const { url } = await serveTasks();
  const { watching, until } = watch(url, 600_000);
  const over = watching.watch();
  await until(({ link }) => link.state === "live");
  watching.close();
  await over;
  expect(watching.picture.link.state).toBe("live");
});

/** What tasks wait for, held so that none of them is proved lost. */
const held: unknown[] = [];

function never(): Promise<never> {
  return new Promise((resolve) => held.push(resolve));
}

async function listening(port: number) {
  const api = httpApi({ listen: { port } });
  const tasks = createTracker({ watchMs: Infinity, plugins: [api] });
  await tasks.ready;
  const end = async (): Promise<void> => void (await tasks.shutdown({ drainMs: 0, graceMs: 0 }));
  onTestFinished(end);
  return { tasks, url: api.url ?? "", end };
}

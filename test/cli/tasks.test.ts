import { PassThrough } from "node:stream";
import { text } from "node:stream/consumers";
import { runCli } from "../../src/cli/run-cli.ts";
import { openTerminal } from "../../src/cli/terminal.ts";
import { deferred, turn } from "../tracker/support.ts";
import { describe, expect, test } from "vitest";
import { serveTasks } from "./served.ts";
import { taskscope } from "./typed-command.ts";

const untilCancelled = ({ signal }: { readonly signal: AbortSignal }): Promise<never> =>
  new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason as Error)));

/** Times are what they are; columns are as wide as they have to be. */
const still = (text: string): string =>
  text
    .replaceAll(/\b(?:[\d.]+(?:ms|[smhd]))+\b/g, "<time>")
    .replaceAll(/ +/g, " ")
    .trim();

const hostile = "a\u001b[2Jb\u0007\n\u202ec\u009b31m";

describe("ps", () => {
  test("lists tasks with their state, times and what there is to say", async () => {
    const { tasks, url } = await serveTasks();
    const upload = tasks.spawn({ name: "upload", type: "network", key: "a.txt" }, untilCancelled);
    await tasks.run({ name: "sum", type: "cpu" }, () => Promise.resolve(1));
    await tasks.run("load", () => Promise.reject(new TypeError("no such row"))).catch(() => {});
    const { code, out, errors } = await taskscope("ps", url, "--all");
    expect({ code, errors }).toEqual({ code: 0, errors: "" });
    expect(
      still(out)
        .split("\n")
        .map((line) => line.trim()),
    ).toEqual([
      "ID STATE TYPE NAME AGE RAN DETAIL",
      `${upload.id} running network upload <time> <time> key a.txt`,
      `${upload.id + 1} completed cpu sum <time> <time>`,
      `${upload.id + 2} failed general load <time> <time> TypeError: no such row`,
    ]);
  });

  test("lists those that run, then those that are queued, and says when there is none", async () => {
    const { tasks, url } = await serveTasks({}, { limits: { maxRunning: 1 } });
    const ended = await taskscope("ps", url);
    expect(ended).toMatchObject({
      code: 0,
      errors: "no such task is queued or running; --all shows those that have ended too\n",
    });
    await tasks.run("ended", () => Promise.resolve());
    for (const name of ["runs", "first", "second"]) tasks.spawn(name, untilCancelled);
    await turn();
    const { out } = await taskscope("ps", url, "--sort", "-name");
    const listed = still(out)
      .split("\n")
      .slice(1)
      .map((line) =>
        line
          .trim()
          .replace(/^\d+ /, "")
          .replace(/ general.*/, ""),
      );
    expect(listed).toEqual(["running", "queued (slot)", "queued (slot)"]);
    const [first, more] = [
      await taskscope("ps", url, "--limit", "1"),
      await taskscope("ps", url, "--limit", "2", "--json"),
    ];
    expect(first.errors).toBe("1 of 3 tasks; --limit 0 shows all\n");
    const { tasks: two, total } = JSON.parse(more.out) as { tasks: { name: string }[]; total: number };
    expect({ total, names: two.map(({ name }) => name) }).toEqual({ total: 3, names: ["runs", "first"] });
  });

  test("filters, sorts and limits, and says how many there are", async () => {
    const { tasks, url } = await serveTasks();
    for (const name of ["b", "a", "c"]) tasks.open({ name, type: "network" }).start();
    tasks.open("other").start();
    const { out, errors } = await taskscope(
      "ps",
      url,
      "--type",
      "network",
      "--sort",
      "-name",
      "--limit",
      "2",
    );
    expect(Array.from(out.matchAll(/network +(\w)/g), ([, name]) => name)).toEqual(["c", "b"]);
    expect(errors).toBe("2 of 3 tasks; --limit 0 shows all\n");
    const none = await taskscope("ps", url, "--older-than", "1h", "--json");
    expect(JSON.parse(none.out)).toEqual({ url, total: 0, tasks: [] });
  });

  test("walks the pages of many tasks, each of which it prints once", async () => {
    const { tasks, url } = await serveTasks();
    const opened = Array.from({ length: 2_100 }, () => tasks.open("one of many").id);
    const { out } = await taskscope("ps", url, "--limit", "0", "--json");
    const listed = JSON.parse(out) as { total: number; tasks: { id: number }[] };
    expect(listed.total).toBe(2_100);
    expect(listed.tasks.map(({ id }) => id)).toEqual(opened);
  });

  test.each([
    [["--state", "broken"], /--state/],
    [["--limit", "-1"], /--limit/],
    [["--older-than", "soon"], /It takes a time such as/],
    [["--sort", "colour"], /--sort/],
  ])("%j is not understood", async (options, message) => {
    const { code, out, errors } = await taskscope("ps", "127.0.0.1:2", ...options);
    expect({ code, out }).toEqual({ code: 2, out: "" });
    expect(errors).toMatch(message);
  });

  test("prints names that are hostile to a terminal as what they are", async () => {
    const { tasks, url } = await serveTasks();
    tasks.spawn({ name: hostile, type: hostile, key: hostile }, untilCancelled);
    for (const command of [["ps"], ["tree"], ["ps", "--json"], ["tree", "--json"], ["dump", "--json"]]) {
      const { out } = await taskscope(...command, url);
      expect(out, command.join(" ")).not.toMatch(/[^\P{C}\n]/u);
      expect(out).toMatch(/\\x1b|\\u001b|_\[2J/);
    }
    const { tasks: listed } = JSON.parse((await taskscope("ps", "--json", url)).out) as {
      tasks: { key: string }[];
    };
    expect(listed[0]?.key).toBe(tasks.list()[0]?.key);
  });
});

describe("tree", () => {
  test("shows tasks below those that started them", async () => {
    const { tasks, url } = await serveTasks();
    const [leaf, second] = [deferred<void>(), deferred<void>()];
    const root = tasks.spawn({ name: "sync", type: "network" }, (context) => {
      context.spawn("first", (inner) => {
        inner.progress(3, 10);
        inner.spawn("leaf", (innermost) => {
          leaf.resolve();
          return untilCancelled(innermost);
        });
        return untilCancelled(inner);
      });
      context.spawn("second", (inner) => {
        second.resolve();
        return untilCancelled(inner);
      });
      return untilCancelled(context);
    });
    await Promise.all([leaf.promise, second.promise]);
    const { out } = await taskscope("tree", url);
    const [id] = [root.id];
    expect(still(out).split("\n")).toEqual([
      `sync (network) #${id} running <time>`,
      `├─ first (general) #${id + 1} running <time> 3 of 10`,
      `│ └─ leaf (general) #${id + 3} running <time>`,
      `└─ second (general) #${id + 2} running <time>`,
    ]);
    const json = JSON.parse((await taskscope("tree", url, "--json", "--depth", "1")).out) as object;
    expect(json).toMatchObject({ url, shown: 1, truncated: true, tasks: [{ id, children: [] }] });
  });

  test("says that there is none, and which task is not known", async () => {
    const { url } = await serveTasks();
    expect(await taskscope("tree", url)).toMatchObject({
      code: 0,
      out: "",
      errors: "no task is queued or running\n",
    });
    const { code, errors } = await taskscope("tree", url, "--id", "12345");
    expect(code).toBe(1);
    expect(errors).toContain("Task 12345 is not known");
  });
});

describe("cancel", () => {
  test("asks tasks by their ids, and says which it could not ask", async () => {
    const { tasks, url } = await serveTasks({ actions: true });
    const [one, two] = [tasks.spawn("one", untilCancelled), tasks.spawn("two", untilCancelled)];
    const { code, out, errors } = await taskscope(
      "cancel",
      url,
      String(one.id),
      String(two.id),
      "999999",
      "--reason",
      "enough",
    );
    expect(code).toBe(1);
    expect(out).toBe(
      `#${one.id} was asked to stop; it is cancelled\n#${two.id} was asked to stop; it is cancelled\n`,
    );
    expect(errors).toContain("error: #999999: ");
    expect(await one.outcome).toMatchObject({ status: "cancelled", reason: "enough" });
    const json = await taskscope("cancel", url, String(two.id), "--json");
    expect(JSON.parse(json.out)).toEqual({
      url,
      requested: 0,
      tasks: [{ id: two.id, error: { code: "not_cancellable", message: expect.any(String) as string } }],
    });
  });

  test("asks those of a filter only when somebody has said yes", async () => {
    const { tasks, url } = await serveTasks({ actions: true });
    const kept = tasks.spawn("kept", untilCancelled);
    const stopped = [1, 2].map(() => tasks.spawn({ name: "stopped", type: "network" }, untilCancelled));
    const asked = await taskscope("cancel", url, "--type", "network");
    expect(asked).toMatchObject({
      code: 1,
      out: "",
      errors: "2 tasks would be asked to stop: --yes does it\n",
    });
    expect(stopped.map(({ state }) => state)).not.toContain("cancelled");
    const done = await taskscope("cancel", url, "--type", "network", "--yes", "--json");
    expect(done).toMatchObject({ code: 0, errors: "" });
    expect(JSON.parse(done.out)).toEqual({ url, requested: 2 });
    expect(stopped.map(({ state }) => state)).toEqual(["cancelled", "cancelled"]);
    expect(kept.state).not.toBe("cancelled");
  });

  test.each([
    ["y", 0, "Ask 1 task to stop? y/N [no] 1 task was asked to stop\n", "cancelled"],
    ["", 1, "Ask 1 task to stop? y/N [no] nothing was asked to stop\n", "running"],
  ])("asks who sits at a terminal, and takes %j for an answer", async (answer, code, said, state) => {
    const { tasks, url } = await serveTasks({ actions: true });
    const task = tasks.spawn("sync", untilCancelled);
    await tasks.run("later", () => Promise.resolve());
    const input = Object.assign(new PassThrough(), { isTTY: true });
    const output = Object.assign(new PassThrough(), { isTTY: true });
    input.end(`${answer}\n`);
    const printed = text(output);
    const args = ["cancel", url, "--name", "sync"];
    expect(await runCli(args, openTerminal(input, output, new PassThrough(), { NO_COLOR: "1" }))).toBe(code);
    output.end();
    expect(await printed).toBe(said);
    expect(task.state).toBe(state);
  });

  test("is refused in clear words where tasks may only be looked at", async () => {
    const { tasks, url } = await serveTasks();
    const task = tasks.spawn("kept", untilCancelled);
    for (const which of [[String(task.id)], ["--name", "kept"], ["--name", "kept", "--yes"]]) {
      const { code, out, errors } = await taskscope("cancel", url, ...which);
      expect({ code, out }).toEqual({ code: 4, out: "" });
      expect(errors).toContain("httpApi({ actions: true })");
    }
    expect(task.state).toBe("running");
  });

  test.each([
    ["no task", []],
    ["both ids and a filter", ["7", "--type", "network"]],
    ["an id that is none", ["7", "x"]],
    ["a state in which nothing can be cancelled", ["--state", "failed"]],
  ])("%s is bad usage", async (_, which) => {
    expect((await taskscope("cancel", "127.0.0.1:2", ...which)).code).toBe(2);
  });
});

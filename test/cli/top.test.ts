import { spawnSync } from "node:child_process";
import { createTracker } from "taskscope";
import type { TaskHandle, Tracker } from "taskscope";
import { httpApi } from "taskscope/http";
import type { HttpApiOptions } from "taskscope/http";
import { describe, expect, onTestFinished, test } from "vitest";
import { TmuxTerminal } from "../../scripts/tmux-terminal.ts";
import { tmux } from "../ops/tools.ts";
import { root } from "../package/manifest.ts";
import { deadAddress } from "./served.ts";
import { steadyPort } from "./steady-port.ts";

const command = `${JSON.stringify(process.execPath)} ${JSON.stringify(`${root}dist/cli/main.js`)} top`;

/** What tasks wait for, held so that none of them is proved lost. */
const held: unknown[] = [];

function never(): Promise<never> {
  return new Promise((resolve) => held.push(resolve));
}

interface Served {
  readonly tasks: Tracker;
  readonly url: string;
  readonly end: () => Promise<void>;
}

async function serve(options: HttpApiOptions, port: number): Promise<Served> {
  const api = httpApi({ listen: { port }, ...options });
  const tasks = createTracker({ watchMs: Infinity, plugins: [api] });
  const end = async (): Promise<void> => void (await tasks.shutdown({ drainMs: 0, graceMs: 0 }));
  onTestFinished(end);
  await tasks.ready;
  return { tasks, url: api.url ?? "", end };
}

/** A process with three tasks that run, one that failed, and one inside another. */
async function serveKnown(options: HttpApiOptions = {}): Promise<Served & { readonly archive: TaskHandle }> {
  const served = await serve(options, await steadyPort());
  const { tasks } = served;
  tasks.spawn({ name: "import-users", type: "database", attributes: { file: "users.csv" } }, (context) => {
    context.progress(45, 100);
    context.spawn({ name: "read-lines", type: "file-io" }, never);
    return never();
  });
  const archive = tasks.spawn({ name: "archive-mail", type: "network", key: "mail/7" }, never);
  tasks.spawn({ name: "画像", type: "media", key: "\u001B[2J\u202E\u0007evil" }, never);
  const broken = tasks.spawn({ name: "send-report", type: "network" }, () =>
    Promise.reject(new TypeError("no such printer")),
  );
  await broken.outcome;
  return { ...served, archive };
}

/** A terminal with `top` in it, which looks at a process. */
async function topOf({ url }: Pick<Served, "url">, variables = {}): Promise<TmuxTerminal> {
  const terminal = await TmuxTerminal.open({ command: tmux.command, columns: 120, rows: 35, variables });
  onTestFinished(() => terminal.close());
  await terminal.run("echo before-$((6 * 7))");
  await terminal.start(`${command} ${url} --interval 250ms`);
  return terminal;
}

/** The names of the table, from the top. */
const namesOn = (screen: string): string[] =>
  [...screen.matchAll(/^ +\d+ (?:[·▸▾] )?(\S+)/gm)].map(([, name = ""]) => name);

describe.skipIf(tmux.missing)(tmux.title("taskscope top on a real terminal"), () => {
  test("shows the tasks of a process, sorted and filtered, grouped, as a tree, and one of them", async () => {
    const terminal = await topOf(await serveKnown());
    const first = await terminal.shows(/import-users[^]*archive-mail[^]*F10Quit/);
    expect(first).toMatch(/^taskscope top \S+ \(\d+\) up .* live$/m);
    expect(first).toMatch(/Running +4 /);
    expect(first).toMatch(/database +running .* 45 %/);
    expect(first).not.toContain("send-report");

    await terminal.type("N");
    const sorted = await terminal.shows(/NAME▲[^]*archive-mail[^]*import-users[^]*read-lines/);
    expect(namesOn(sorted).slice(0, 3)).toEqual(["archive-mail", "import-users", "read-lines"]);
    await terminal.type("I");
    await terminal.shows(/NAME▼[^]*read-lines[^]*import-users[^]*archive-mail/);

    await terminal.press("F4");
    await terminal.shows(/^Filter: /m);
    await terminal.type("ARCHIVE");
    await terminal.press("Enter");
    const filtered = await terminal.shows(/“ARCHIVE”[^]*1–1 of 1$/m);
    expect(namesOn(filtered)).toEqual(["archive-mail"]);
    await terminal.press("Escape");
    await terminal.shows(/1–4 of 4$/m);

    await terminal.press("S", "S", "S");
    await terminal.shows(/failed, by name[^]*send-report[^]*TypeError: no such/);
    await terminal.press("F8");
    await terminal.shows(/RUNNING▼[^]*archive-mail +network +1/);
    await terminal.press("F5");
    await terminal.shows(/▾ import-users[^]*· read-lines/);
    await terminal.press("Left");
    const closed = await terminal.shows(/▸ import-users/);
    expect(closed).not.toContain("read-lines");
    await terminal.press("Enter");
    const detail = await terminal.shows(/import-users +#\d+ +running[^]*Progress +45 of 100 \(45 %\)/);
    expect(detail).toMatch(/Attributes\n +file +users\.csv/);
    expect(detail).toMatch(/Children\n +It started one task:\n.*read-lines/);
    await terminal.press("F1");
    await terminal.shows(/F9 k +ask the task to stop/);
  });

  test("shows names with escape sequences and wide characters as what they are", async () => {
    const terminal = await topOf(await serveKnown());
    const screen = await terminal.shows(/画像/);
    expect(screen).toMatch(/^ +\d+ 画像 {16}media +running .* \\x1b\[2J\\u\{/m);
    expect(screen).toMatch(/^taskscope top/);
  });

  test("cancels a task after a question, and says why not where the process does not let it", async () => {
    const served = await serveKnown({ actions: true });
    const terminal = await topOf(served);
    await terminal.shows(/archive-mail/);
    await terminal.type("/archive");
    await terminal.press("Enter");
    await terminal.press("F9");
    await terminal.shows(/Cancel archive-mail #\d+\? +y yes +n no/);
    await terminal.type("n");
    await terminal.shows(/Task \d+ was left alone/);
    expect(served.archive.state).toBe("running");
    await terminal.type("k");
    await terminal.shows(/Cancel archive-mail #\d+\?/);
    await terminal.type("y");
    await terminal.shows(/Task \d+ was asked to stop/);
    await terminal.shows(/1–3 of 3$/m);
    expect(await served.archive.outcome).toMatchObject({ status: "cancelled", cancelledBy: "request" });

    const other = await topOf(await serveKnown());
    await other.shows(/import-users/);
    await other.type("k");
    await other.shows(/This process only shows its tasks: httpApi\(\{ actions: true \}\)/);
  });

  test("follows the size of the terminal", async () => {
    const terminal = await topOf(await serveKnown());
    await terminal.shows(/KEY +NOTE/);
    await terminal.resize(60, 15);
    const narrow = await terminal.shows(/DONE\n[^]*F10Quit$/);
    expect(narrow).not.toMatch(/KEY|TYPE/);
    expect(narrow.split("\n")).toHaveLength(15);
    await terminal.resize(200, 50);
    const wide = await terminal.shows(/KEY +NOTE/);
    expect(wide.split("\n")).toHaveLength(50);
    expect(wide.split("\n")[0]).toHaveLength(200);
  });

  test("keeps the last picture when the server goes, says so, and goes on when it is back", async () => {
    const port = await steadyPort();
    const first = await serve({}, port);
    first.tasks.spawn("before", never);
    const terminal = await topOf(first);
    await terminal.shows(/ before /);
    await first.end();
    const stale = await terminal.shows(/STALE: as of [^]*No answer since .*nothing listens there/);
    expect(stale).toContain(" before ");
    const second = await serve({}, port);
    second.tasks.spawn("afterwards", never);
    const back = await terminal.shows(/live$[^]* afterwards /m);
    expect(back).not.toMatch(/ before |STALE/);
  });

  test("is paused, and goes on with what is new", async () => {
    const served = await serveKnown();
    const terminal = await topOf(served);
    await terminal.shows(/1–4 of 4$/m);
    await terminal.type("p");
    await terminal.shows(/ PAUSED$/m);
    served.tasks.spawn("one-more", never);
    await terminal.type("p");
    await terminal.shows(/live$[^]*one-more/m);
  });
});

describe.skipIf(tmux.missing)(tmux.title("the terminal is as it was before"), () => {
  const isRestored = async (terminal: TmuxTerminal): Promise<void> => {
    expect(await terminal.says("#{alternate_on} #{cursor_flag} #{wrap_flag}")).toBe("0 1 1");
    // What is typed is seen again, and signals are keys again.
    await terminal.run(
      "echo still-$((2 + 3)); stty -a | tr ';' '\\n' | grep -oE '[-]?(icanon|echo|isig)( |$)' | xargs",
    );
    await terminal.shows(/^still-5\n(?=[^-]*icanon)(?=[^-]*isig)(?=[^-]*echo)[a-z ]+$/m);
  };

  test.each([
    ["q", "q"],
    ["F10", "F10"],
    ["Ctrl-C", "C-c"],
  ])("after %s", async (_, key) => {
    const terminal = await topOf(await serveKnown());
    await terminal.shows(/import-users[^]*F10Quit/);
    expect(await terminal.says("#{alternate_on} #{cursor_flag} #{wrap_flag}")).toBe("1 0 0");
    await terminal.press(key);
    const screen = await terminal.shows(/before-42[^]*shell>$/);
    expect(screen).not.toContain("import-users");
    await terminal.run("echo code-$?");
    await terminal.shows(/^code-0$/m);
    await isRestored(terminal);
  });

  test.each(["SIGINT", "SIGTERM", "SIGHUP"])("after %s", async (signal) => {
    const terminal = await topOf(await serveKnown());
    await terminal.shows(/import-users[^]*F10Quit/);
    process.kill(terminal.pid, signal);
    const screen = await terminal.shows(/before-42[^]*shell>$/);
    expect(screen).not.toContain("import-users");
    await isRestored(terminal);
  });

  test("after an error that nobody catches, which is seen then", async () => {
    const crash = 'process.on("SIGUSR2", () => { throw new Error("crashed-on-purpose") })';
    const terminal = await topOf(await serveKnown(), {
      NODE_OPTIONS: `--import data:text/javascript,${encodeURIComponent(crash)}`,
    });
    await terminal.shows(/import-users[^]*F10Quit/);
    process.kill(terminal.pid, "SIGUSR2");
    const screen = await terminal.shows(/Error: crashed-on-purpose[^]*shell>$/);
    expect(screen).toContain("before-42");
    expect(screen).not.toContain("import-users");
    await isRestored(terminal);
  });

  test("while it is suspended; fg goes on", async () => {
    const terminal = await topOf(await serveKnown());
    await terminal.shows(/import-users[^]*F10Quit/);
    await terminal.press("C-z");
    await terminal.shows(/before-42[^]*Stopped[^]*shell>$/);
    expect(await terminal.says("#{alternate_on} #{cursor_flag}")).toBe("0 1");
    await terminal.run("fg");
    await terminal.shows(/^taskscope top[^]*import-users[^]*F10Quit$/);
    await terminal.press("q");
    await terminal.shows(/before-42[^]*shell>$/);
  });

  test("NO_COLOR leaves only what is no colour", async () => {
    const terminal = await topOf(await serveKnown(), { NO_COLOR: "1" });
    await terminal.shows(/import-users[^]*F10Quit/);
    const styled = await terminal.screen("-e");
    const codes = styled.split("\u001B[").flatMap((piece) => /^([\d;]+)m/.exec(piece)?.[1]?.split(";") ?? []);
    expect(codes.filter((code) => /^(?:3[0-8]|4[0-8]|9[0-7])$/.test(code))).toEqual([]);
    expect(codes).toContain("7");
  });
});

describe("without a terminal", () => {
  const run = (...args: readonly string[]) => {
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      [`${root}dist/cli/main.js`, "top", ...args],
      {
        encoding: "utf8",
      },
    );
    return { status, stdout, stderr };
  };

  test("says which command lists tasks", () => {
    const { status, stdout, stderr } = run(deadAddress);
    expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
    expect(stderr).toContain("taskscope ps");
  });

  test.each([
    [["--interval", "100ms"], "from 250ms to 1m"],
    [["--interval", "2m"], "from 250ms to 1m"],
    [["--interval", "often"], "500ms"],
    [["--sort", "colour"], "age"],
    [["--state", "lost"], "live"],
  ])("%j is bad usage", (args, said) => {
    const { status, stderr } = run(deadAddress, ...args);
    expect(status).toBe(2);
    expect(stderr).toContain(said);
  });

  test.each(["--once", "--json"])("%s says that nobody answers", (flag) => {
    const { status, stderr } = run(deadAddress, flag);
    expect(status).toBe(3);
    expect(stderr).toContain(deadAddress);
  });
});

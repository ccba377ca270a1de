import { Command, Option } from "commander";
import type { TaskInfo } from "../task/index.ts";
import type { CommandParts } from "./command-parts.ts";
import { allStates, countFrom, filterOf, withFilterOptions } from "./filter-options.ts";
import type { FilterFlags } from "./filter-options.ts";
import { durationText } from "./output/duration.ts";
import { tableLines } from "./output/table.ts";
import type { Column } from "./output/table.ts";
import type { ApiClient, Query } from "./remote/api-client.ts";
import { openApi, withApiOptions } from "./remote/api-options.ts";
import type { ApiFlags } from "./remote/api-options.ts";
import { detailText, runTimeText, stateText, stateTone } from "./task-words.ts";
import type { Terminal } from "./terminal.ts";

interface Flags extends ApiFlags, FilterFlags {
  readonly all?: true;
  readonly text?: string;
  readonly sort: string;
  readonly limit: number;
}

const orders: Readonly<Record<string, string>> = {
  id: "id",
  name: "name",
  type: "type",
  started: "startedAtMs",
  ended: "endedAtMs",
  duration: "durationMs",
};

const columns: readonly Column[] = [
  { title: "id", align: "right" },
  { title: "state" },
  { title: "type" },
  { title: "name" },
  { title: "age", align: "right" },
  { title: "ran", align: "right" },
  { title: "detail" },
];

/** The most tasks of one answer. */
const PAGE = 1_000;

/** The command line of `taskscope ps`. */
export function psCommand({ terminal }: CommandParts): Command {
  const sorts = Object.keys(orders).flatMap((order) => [order, `-${order}`]);
  return withFilterOptions(withApiOptions(new Command("ps")), allStates)
    .description(
      "List the tasks of a process: those that live, and with --all those that ended a short time ago.",
    )
    .option("-a, --all", "tasks that have ended too")
    .option("--text <part>", "only tasks with this in name, type or key, in whatever case")
    .addOption(new Option("--sort <order>", "the order; a minus turns it round").choices(sorts).default("id"))
    .option("--limit <count>", "at most so many; 0: all", countFrom(0), 100)
    .option("--json", "print { url, total, tasks }")
    .action(async (url: string | undefined, flags: Flags) => {
      const api = await openApi(url, flags);
      const { tasks, total } = await readTasks(api, flags, terminal);
      if (flags.json) return terminal.sayJson({ url: api.url, total, tasks });
      const nowMs = Date.now();
      const rows = tasks.map((task) => [
        { text: String(task.id) },
        { text: stateText(task), tone: stateTone(task) },
        { text: task.type },
        { text: task.name },
        { text: durationText((task.endedAtMs ?? nowMs) - task.spawnedAtMs) },
        { text: runTimeText(task) },
        { text: detailText(task) },
      ]);
      for (const line of tableLines(columns, rows, terminal.paint)) terminal.show(line);
      await terminal.drained();
      if (total > tasks.length) terminal.complain(`${tasks.length} of ${total} tasks; --limit 0 shows all`);
      else if (total === 0 && !flags.all && flags.state === undefined)
        terminal.complain("no such task is queued or running; --all shows those that have ended too");
    });
}

/** The tasks of a walk, and how many there are. */
interface Found {
  readonly tasks: readonly TaskInfo[];
  readonly total: number;
}

/** Walks the pages, as far as asked: of the state that is wanted, of all, or of those that run, and then those that are queued. */
async function readTasks(api: ApiClient, flags: Flags, terminal: Terminal): Promise<Found> {
  const states = flags.state !== undefined ? [flags.state] : flags.all ? [undefined] : ["running", "queued"];
  const most = flags.limit === 0 ? Number.POSITIVE_INFINITY : flags.limit;
  const tasks: TaskInfo[] = [];
  let total = 0;
  for (const state of states) {
    const found = await readPages(api, { ...queryOf(flags), state }, most - tasks.length, (count, of) =>
      terminal.progress(`${tasks.length + count} of ${total + of} tasks`),
    );
    tasks.push(...found.tasks);
    total += found.total;
  }
  return { tasks, total };
}

function queryOf(flags: Flags): Query {
  const order = orders[flags.sort.replace(/^-/, "")] ?? "id";
  return { ...filterOf(flags), text: flags.text, sort: flags.sort.startsWith("-") ? `-${order}` : order };
}

async function readPages(
  api: ApiClient,
  query: Query,
  most: number,
  onPage: (count: number, of: number) => void,
): Promise<Found> {
  const tasks: TaskInfo[] = [];
  for (let cursor: string | undefined; ;) {
    // The API gives one at least: where none is wanted any more, it says how many there are.
    const page = await api.tasks({
      ...query,
      cursor,
      limit: Math.max(Math.min(most - tasks.length, PAGE), 1),
    });
    tasks.push(...page.tasks.slice(0, most - tasks.length));
    if (page.nextCursor === null || tasks.length >= most) return { tasks, total: page.total };
    cursor = page.nextCursor;
    onPage(tasks.length, page.total);
  }
}

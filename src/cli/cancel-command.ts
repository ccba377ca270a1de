import { Command } from "commander";
import { confirm } from "./ask-options.ts";
import { CommandError } from "./command-error.ts";
import type { CommandParts } from "./command-parts.ts";
import { exitCodes } from "./exit-codes.ts";
import { filterOf, readId, withFilterOptions } from "./filter-options.ts";
import type { FilterFlags } from "./filter-options.ts";
import type { ApiClient, Query } from "./remote/api-client.ts";
import { ApiError } from "./remote/api-error.ts";
import { openApi, withApiOptions } from "./remote/api-options.ts";
import type { ApiFlags } from "./remote/api-options.ts";
import { stateText } from "./task-words.ts";
import type { Terminal } from "./terminal.ts";

interface Flags extends ApiFlags, FilterFlags {
  readonly reason?: string;
  readonly yes?: true;
}

/** One task that was asked to stop, or why it was not. */
type Cancelled =
  | { readonly id: number; readonly state: string }
  | { readonly id: number; readonly error: { readonly code: string; readonly message: string } };

/** The command line of `taskscope cancel`. */
export function cancelCommand({ terminal, finish }: CommandParts): Command {
  const command = withApiOptions(
    new Command("cancel"),
    "[url]",
    "a URL or host:port; digits alone are a task",
  );
  return withFilterOptions(command, ["queued", "running"])
    .argument("[id...]", "the tasks; without any, those of the filter")
    .description("Ask tasks to stop: some by their ids, or all live ones that a filter lets through.")
    .option("--reason <text>", "why; it stands in events and errors")
    .option("-y, --yes", "cancel what the filter lets through without asking")
    .option("--json", "print { url, requested, tasks }; ask nothing")
    .action(async (first: string | undefined, rest: readonly string[], flags: Flags) => {
      // An address is never digits alone here: 7 is the task.
      const isId = first !== undefined && /^\d+$/.test(first);
      const ids = [...(isId ? [first] : []), ...rest].map(readId);
      const filter = filterOf(flags);
      const isFiltered = Object.values(filter).some((value) => value !== undefined);
      if ((ids.length === 0) === !isFiltered)
        throw new CommandError(
          ids.length === 0
            ? "say which tasks: their ids, or a filter such as --type or --older-than"
            : "give ids or a filter, not both",
          exitCodes.badUsage,
        );
      const api = await openApi(isId ? undefined : first, flags);
      if (ids.length > 0) {
        const tasks = await cancelEach(api, ids, flags.reason, terminal);
        const failed = tasks.filter((task) => "error" in task);
        if (flags.json) terminal.sayJson({ url: api.url, requested: tasks.length - failed.length, tasks });
        else for (const task of tasks) report(task, terminal);
        if (failed.length > 0) finish(exitCodes.failed);
        return;
      }
      if (!(await isMeant(api, filter, flags, terminal))) return finish(exitCodes.failed);
      const requested = await api.cancelWhere(filter, flags.reason);
      if (flags.json) terminal.sayJson({ url: api.url, requested });
      else terminal.say(`${requested} ${requested === 1 ? "task was" : "tasks were"} asked to stop`);
    });
}

async function cancelEach(
  api: ApiClient,
  ids: readonly number[],
  reason: string | undefined,
  terminal: Terminal,
): Promise<readonly Cancelled[]> {
  const done: Cancelled[] = [];
  for (const id of ids) {
    try {
      const task = await api.cancel(id, reason);
      done.push({ id, state: stateText(task) });
    } catch (error) {
      // What holds for one task is said of it; what holds for all ends the command.
      if (!(error instanceof ApiError) || error.exitCode !== exitCodes.failed) throw error;
      done.push({ id, error: { code: error.code, message: error.message } });
    }
    terminal.progress(`${done.length} of ${ids.length}`);
  }
  return done;
}

function report(task: Cancelled, terminal: Terminal): void {
  if ("error" in task) terminal.complain(`error: #${task.id}: ${task.error.message}`);
  // An observed task is asked, and ends as its body does.
  else terminal.say(`#${task.id} was asked to stop; it is ${task.state}`);
}

/** Whether to go on: somebody said yes, to a number that was seen. */
async function isMeant(api: ApiClient, filter: Query, flags: Flags, terminal: Terminal): Promise<boolean> {
  if (flags.yes) return true;
  const { actions } = await api.console().catch(() => ({ actions: true }));
  if (!actions) await api.cancelWhere(filter); // Refused, in the words for that.
  const states = filter["state"] === undefined ? ["queued", "running"] : [filter["state"]];
  const pages = await Promise.all(states.map((state) => api.tasks({ ...filter, state, limit: 1 })));
  const live = pages.reduce((sum, { total }) => sum + total, 0);
  if (live === 0) return true;
  if (!terminal.interactive || flags.json) {
    terminal.complain(`${live} tasks would be asked to stop: --yes does it`);
    return false;
  }
  if (await confirm(terminal, `Ask ${live} ${live === 1 ? "task" : "tasks"} to stop?`)) return true;
  terminal.say("nothing was asked to stop");
  return false;
}

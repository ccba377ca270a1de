import { Command } from "commander";
import type { TaskTree } from "../task/index.ts";
import type { CommandParts } from "./command-parts.ts";
import { countFrom, readId } from "./filter-options.ts";
import { safeLine } from "./output/safe-text.ts";
import type { Paint } from "./output/style.ts";
import { openApi, withApiOptions } from "./remote/api-options.ts";
import type { ApiFlags } from "./remote/api-options.ts";
import { detailText, runTimeText, stateText, stateTone } from "./task-words.ts";

interface Flags extends ApiFlags {
  readonly id?: number;
  readonly depth: number;
  readonly limit: number;
}

/** The command line of `taskscope tree`. */
export function treeCommand({ terminal }: CommandParts): Command {
  return withApiOptions(new Command("tree"))
    .description("Show the live tasks of a process below those that started them.")
    .option("--id <task>", "only this task and those below it", readId)
    .option("--depth <levels>", "at most so many levels", countFrom(1), 32)
    .option("--limit <count>", "at most so many tasks; the deepest are left out first", countFrom(1), 1_000)
    .option("--json", "print { url, tasks, shown, truncated }; below a task stand its children")
    .action(async (url: string | undefined, { id, depth, limit, ...flags }: Flags) => {
      const api = await openApi(url, flags);
      const tree = await api.tree({ id, depth, limit });
      if (flags.json) return terminal.sayJson({ url: api.url, ...tree });
      for (const line of treeLines(tree.tasks, terminal.paint)) terminal.show(line);
      await terminal.drained();
      if (tree.tasks.length === 0) terminal.complain("no task is queued or running");
      if (tree.truncated)
        terminal.complain(`${tree.shown} tasks are shown, there are more; see --limit and --depth`);
    });
}

/** A forest as lines, each task after the one it was started in. */
function* treeLines(tasks: readonly TaskTree[], paint: Paint, indent?: string): Generator<string> {
  for (const [index, task] of tasks.entries()) {
    const isLast = index === tasks.length - 1;
    const detail = detailText(task);
    const words = [
      paint("bold", safeLine(task.name)),
      paint("dim", `(${safeLine(task.type)})`),
      `#${task.id}`,
      paint(stateTone(task), stateText(task)),
      runTimeText(task),
      ...(detail === "" ? [] : [paint("dim", safeLine(detail))]),
    ];
    // Roots stand at the margin, so that what hangs together is seen.
    yield `${indent === undefined ? "" : `${indent}${isLast ? "└─ " : "├─ "}`}${words.join(" ")}`;
    yield* treeLines(task.children, paint, indent === undefined ? "" : `${indent}${isLast ? "   " : "│  "}`);
  }
}

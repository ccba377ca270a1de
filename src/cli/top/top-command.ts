import { Command, InvalidArgumentError, Option } from "commander";
import { CommandError } from "../command-error.ts";
import type { CommandParts } from "../command-parts.ts";
import { readDuration } from "../output/duration.ts";
import { openApi, withApiOptions } from "../remote/api-options.ts";
import type { ApiFlags } from "../remote/api-options.ts";
import { stateFilters, taskOrders } from "./task-order.ts";
import type { StateFilter, TaskOrder } from "./task-order.ts";
import { firstState } from "./top-state.ts";

interface Flags extends ApiFlags {
  readonly sort: TaskOrder;
  readonly reverse?: true;
  readonly state: StateFilter;
  readonly text?: string;
  /** Milliseconds. */
  readonly interval: number;
  readonly once?: true;
}

const LEAST_INTERVAL_MS = 250;
const MOST_INTERVAL_MS = 60_000;

/** The command line of `taskscope top`. */
export function topCommand({ terminal }: CommandParts): Command {
  return withApiOptions(new Command("top"))
    .description(
      "Watch the tasks of a process on the whole terminal, as top and htop do processes. F1 lists the keys.",
    )
    .addOption(new Option("--sort <order>", "what tasks are sorted by").choices(taskOrders).default("age"))
    .option("--reverse", "sort the other way round")
    .addOption(new Option("--state <state>", "which tasks").choices(stateFilters).default("live"))
    .option("--text <part>", "only tasks with this in name, type or key, in whatever case")
    .addOption(
      new Option("--interval <time>", "how often to look, from 250ms to 1m")
        .argParser(readInterval)
        .default(1_000, "1s"),
    )
    .option("--once", "print one picture as text, with the rates of one interval, and end")
    .option("--json", "print { url, stats, series, rules, alerts, taskTotal, tasks }, and end")
    .action(async (url: string | undefined, flags: Flags) => {
      const { json, once, interval: intervalMs } = flags;
      const { stdin: input, stdout: output } = process;
      const isTerminal = input.isTTY && output.isTTY && process.env["TERM"] !== "dumb";
      if (json !== true && once !== true && !isTerminal)
        throw new CommandError(
          "top needs a terminal to draw on, and this is none: taskscope ps lists the tasks, --once prints one picture, --json what it is made of",
        );
      const client = await openApi(url, flags);
      const first = {
        ...firstState,
        order: flags.sort,
        isReversed: flags.reverse === true,
        states: flags.state,
        filter: flags.text ?? "",
      };
      // Only who draws loads what draws.
      if (json === true) {
        const { snapshotOf } = await import("./snapshot.ts");
        terminal.sayJson(await snapshotOf(client, first));
      } else if (once === true) {
        const { pictureText } = await import("./snapshot.ts");
        terminal.say(await pictureText(client, first, intervalMs, output));
      } else {
        const { runTop } = await import("./run-top.ts");
        await runTop({ client, intervalMs, first, input, output });
      }
    });
}

function readInterval(text: string): number {
  const intervalMs = readDuration(text);
  if (intervalMs >= LEAST_INTERVAL_MS && intervalMs <= MOST_INTERVAL_MS) return intervalMs;
  throw new InvalidArgumentError("It takes a time from 250ms to 1m.");
}

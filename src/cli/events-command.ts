import { Command, InvalidArgumentError } from "commander";
import { eventKinds } from "../events/index.ts";
import type { LifecycleEvent } from "../events/index.ts";
import type { CommandParts } from "./command-parts.ts";
import { eventLine } from "./event-line.ts";
import { countFrom, readId } from "./filter-options.ts";
import { readDuration } from "./output/duration.ts";
import { openApi, withApiOptions } from "./remote/api-options.ts";
import type { ApiFlags } from "./remote/api-options.ts";

interface Flags extends ApiFlags {
  readonly id?: number;
  readonly type?: string;
  readonly name?: string;
  readonly kind?: readonly string[];
  readonly limit: number;
  readonly wait: number;
}

/** The command line of `taskscope events`. */
export function eventsCommand({ terminal }: CommandParts): Command {
  return withApiOptions(new Command("events"))
    .description("Follow what happens to the tasks of a process, until Ctrl-C.")
    .option("--id <task>", "only events of this task", readId)
    .option("--type <type>", "only events of tasks of this type")
    .option("--name <name>", "only events of tasks of this name")
    .option("--kind <kind,...>", "only events of these kinds; repeatable", addKinds)
    .option("--limit <count>", "end after so many events; 0: never", countFrom(0), 0)
    .option(
      "--wait <time>",
      "how long to look for a process that has gone; the stream goes on where it broke",
      readDuration,
      30_000,
    )
    .option(
      "--json",
      "print a line of JSON for each event; { missed } says how many did not arrive, null: unknown",
    )
    .addHelpText("after", `\nKinds: ${eventKinds.join(", ")}.`)
    .action(async (url: string | undefined, flags: Flags) => {
      const { id, type, name, kind, limit, json } = flags;
      const api = await openApi(url, flags);
      let isLost = false;
      const stream = api.events(
        { id, type, name, kind: kind?.join(",") },
        {
          searchMs: flags.wait,
          onLink: (link) => {
            if (link.state === "lost" && !isLost) terminal.complain(`${link.why}; looking for it again`);
            else if (link.state === "live" && isLost) terminal.complain("the stream goes on");
            else if (link.state === "live") terminal.progress(`following ${api.url}`);
            isLost = link.state === "lost";
          },
        },
      );
      let seen = 0;
      for await (const entry of stream) {
        if (json) terminal.sayJson("event" in entry ? entry.event : entry, true);
        else if ("event" in entry) terminal.show(eventLine(entry.event, terminal.paint));
        else terminal.show(terminal.paint("warn", missedLine(entry.missed)));
        await terminal.drained();
        if ("event" in entry) seen += 1;
        if (seen === limit) break;
      }
    });
}

const missedLine = (missed: number | null): string =>
  missed === null ? "-- events were missed, nobody knows how many" : `-- ${missed} events were missed`;

function addKinds(text: string, previous: readonly string[] | undefined): readonly string[] {
  const kinds = text.split(",");
  const unknown = kinds.find((kind) => !eventKinds.includes(kind as LifecycleEvent["kind"]));
  if (unknown === undefined) return [...new Set([...(previous ?? []), ...kinds])];
  throw new InvalidArgumentError(`It takes ${eventKinds.join(", ")}.`);
}

import { writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { Command } from "commander";
import { version } from "../internal/index.ts";
import { CommandError } from "./command-error.ts";
import type { CommandParts } from "./command-parts.ts";
import { safeJson } from "./output/safe-text.ts";
import { collectDump } from "./remote/collect-dump.ts";
import { openApi, withApiOptions } from "./remote/api-options.ts";
import type { ApiFlags } from "./remote/api-options.ts";

interface Flags extends ApiFlags {
  readonly output?: string;
  readonly force?: true;
}

/** The command line of `taskscope dump`. */
export function dumpCommand({ terminal }: CommandParts): Command {
  return withApiOptions(new Command("dump"))
    .description(
      "Write all that a process knows of its tasks into one file of JSON, to look at later or to hand on.",
    )
    .option("-o, --output <file>", "where to (default: taskscope-dump-<time>.json)")
    .option("--force", "overwrite that file")
    .option("--json", "print it instead")
    .addHelpText(
      "after",
      "\nIt holds names, attributes, keys and error messages of your tasks: mind whom you give it to.",
    )
    .action(async (url: string | undefined, flags: Flags) => {
      const api = await openApi(url, flags);
      const dump = await collectDump(api, version, (part) => terminal.progress(part));
      if (flags.json && flags.output === undefined) {
        terminal.sayJson(dump);
        return terminal.drained();
      }
      const path = resolve(flags.output ?? `taskscope-dump-${dump.takenAt.replaceAll(/[:.]/g, "-")}.json`);
      writeDump(path, `${safeJson(dump, 2)}\n`, flags.force === true);
      const { tasks, missing } = { tasks: dump.tasks?.length ?? 0, missing: Object.keys(dump.errors) };
      if (flags.json) terminal.sayJson({ url: api.url, path, tasks, missing });
      else terminal.say(`${path}: ${tasks} tasks`);
      for (const part of missing) terminal.complain(`without ${part}: ${dump.errors[part] ?? ""}`);
    });
}

/** For the user alone: what is in it may be confidential. */
function writeDump(path: string, text: string, isForced: boolean): void {
  try {
    writeFileSync(path, text, { mode: 0o600, flag: isForced ? "w" : "wx" });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new CommandError(
      code === "EEXIST"
        ? `${path} exists: --force overwrites it`
        : `cannot write ${path} (${code ?? "unknown"})`,
      undefined,
      { cause: error },
    );
  }
}

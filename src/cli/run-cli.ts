import { Command, CommanderError } from "commander";
import { InvalidOptionError } from "../errors/index.ts";
import { version } from "../internal/index.ts";
import { cancelCommand } from "./cancel-command.ts";
import { CommandError } from "./command-error.ts";
import type { CommandParts } from "./command-parts.ts";
import { completeCommand, completionCommand } from "./completion/completion-commands.ts";
import { dumpCommand } from "./dump-command.ts";
import { eventsCommand } from "./events-command.ts";
import { exitCodes, healthExitCodes } from "./exit-codes.ts";
import { healthCommand } from "./health-command.ts";
import { initCommand } from "./init-command.ts";
import { flagOf } from "./init-options.ts";
import { demoCommand, drillCommand } from "./program-commands.ts";
import { psCommand } from "./ps-command.ts";
import { runCommand } from "./run-command.ts";
import type { Terminal } from "./terminal.ts";
import { topCommand } from "./top/top-command.ts";
import { treeCommand } from "./tree-command.ts";

/** In the order in which `--help` lists them. */
const commands: readonly ((parts: CommandParts) => Command)[] = [
  runCommand,
  psCommand,
  treeCommand,
  topCommand,
  eventsCommand,
  cancelCommand,
  healthCommand,
  dumpCommand,
  demoCommand,
  drillCommand,
  ({ terminal, finish }) => initCommand(terminal, finish),
  completionCommand,
];

/** Runs the `taskscope` command; `args` are those after its name. Gives the exit code, never throws for what a user did. */
export async function runCli(
  args: readonly string[],
  terminal: Terminal,
  handOver: CommandParts["handOver"] = ({ start }) => start(),
): Promise<number> {
  let exitCode: number = exitCodes.ok;
  // A check that is asked wrongly has found nothing critical.
  const badUsage = args[0] === "health" ? healthExitCodes.unknown : exitCodes.badUsage;
  const program = new Command("taskscope")
    .description("See every async task a Node.js server runs.")
    .version(version, "-V, --version", "print the version")
    .addHelpText(
      "after",
      "\nExit codes: 0 done or nothing to do, 1 not done, 2 not understood, 3 nobody answers, 4 not allowed." +
        "\nMore: https://github.com/taskscope/taskscope/tree/main/docs/cli.md",
    )
    .enablePositionalOptions()
    .showHelpAfterError("(--help lists the options)");
  const parts: CommandParts = { terminal, finish: (code) => void (exitCode = code), handOver };
  for (const make of commands) program.addCommand(make(parts));
  program.addCommand(completeCommand(parts, program), { hidden: true });
  for (const command of [program, ...program.commands]) {
    command.exitOverride().configureOutput({
      writeOut: (text) => terminal.say(text.replace(/\n$/, "")),
      writeErr: (text) => terminal.complain(text.replace(/\n$/, "")),
    });
  }
  try {
    await program.parseAsync(args, { from: "user" });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.ok : badUsage;
    if (error instanceof InvalidOptionError) {
      terminal.complain(`error: ${error.message.replace(error.option, flagOf(error.option))}`);
      return badUsage;
    }
    if (error instanceof CommandError) {
      terminal.complain(`error: ${error.message}`);
      return error.exitCode;
    }
    throw error;
  }
}

import { Command, CommanderError } from "commander";
import { InvalidOptionError } from "../errors/index.ts";
import { version } from "../internal/index.ts";
import { CommandError } from "./command-error.ts";
import { exitCodes } from "./exit-codes.ts";
import type { ExitCode } from "./exit-codes.ts";
import { initCommand } from "./init-command.ts";
import { flagOf } from "./init-options.ts";
import type { Terminal } from "./terminal.ts";

/** Runs the `taskscope` command; `args` are those after its name. Gives the exit code, never throws for what a user did. */
export async function runCli(args: readonly string[], terminal: Terminal): Promise<ExitCode> {
  let exitCode: ExitCode = exitCodes.ok;
  const finish = (code: ExitCode): void => void (exitCode = code);
  const program = new Command("taskscope")
    .description("See every async task a Node.js server runs.")
    .version(version, "-V, --version", "print the version")
    .addHelpText(
      "after",
      "\nExit codes: 0 done or nothing to do, 1 not done, 2 not understood.\nMore: https://github.com/taskscope/taskscope/tree/main/docs",
    )
    .showHelpAfterError("(--help lists the options)");
  program.addCommand(initCommand(terminal, finish));
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
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.ok : exitCodes.badUsage;
    if (error instanceof InvalidOptionError) {
      terminal.complain(`error: ${error.message.replace(error.option, flagOf(error.option))}`);
      return exitCodes.badUsage;
    }
    if (error instanceof CommandError) {
      terminal.complain(`error: ${error.message}`);
      return error.exitCode;
    }
    throw error;
  }
}

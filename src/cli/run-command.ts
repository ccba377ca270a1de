import { Command, InvalidArgumentError } from "commander";
import type { CommandParts } from "./command-parts.ts";
import { prepareScript } from "./run/prepare-script.ts";

interface Flags {
  readonly port: number;
  readonly actions?: true;
  readonly token?: string;
  readonly json?: true;
}

/** The command line of `taskscope run`. */
export function runCommand({ terminal, handOver }: CommandParts): Command {
  return new Command("run")
    .description(
      "Run a script with its tasks tracked by the process's own tracker, and the console on a port of this machine. " +
        "What the script wraps with globalTracker() is seen; what it prints and ends with stays its own.",
    )
    .argument("<script>", "what node would be given")
    .argument("[args...]", "what the script is given")
    .passThroughOptions()
    .option("--port <port>", "where the console and the API listen; 0: any port that is free", readPort, 0)
    .option("--actions", "let tasks be cancelled")
    .option(
      "--token <token>",
      "what clients have to send, of 16 characters or more; better in TASKSCOPE_TOKEN",
    )
    .option("--json", "say where the console is as a line of JSON: { url, pid }")
    .addHelpText(
      "after",
      "\nThe lines of taskscope go to standard error. The exit code is that of the script; before it starts: 1, 2." +
        "\nFlags of node go into NODE_OPTIONS, as in NODE_OPTIONS='--import tsx' taskscope run app.ts",
    )
    .action(async (script: string, args: readonly string[], flags: Flags) => {
      const { TASKSCOPE_TOKEN: variable } = process.env;
      const { url, start } = await prepareScript(script, args, {
        port: flags.port,
        actions: flags.actions === true,
        token: flags.token ?? (variable === "" ? undefined : variable),
      });
      if (flags.json) terminal.complain(JSON.stringify({ url, pid: process.pid }));
      else terminal.complain(`taskscope: the console is at ${url}/`);
      handOver({ start, isOurs: false });
    });
}

function readPort(text: string): number {
  if (/^\d{1,5}$/.test(text) && Number(text) <= 65_535) return Number(text);
  throw new InvalidArgumentError("It takes a port from 0 to 65535.");
}

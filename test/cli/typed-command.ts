import { PassThrough } from "node:stream";
import { text } from "node:stream/consumers";
import { runCli } from "../../src/cli/run-cli.ts";
import { openTerminal } from "../../src/cli/terminal.ts";
import "./runtime-folder.ts";

/** How a command ended. */
export interface Ended {
  readonly code: number;
  readonly out: string;
  readonly errors: string;
}

/** Runs a command to its end in this process, at no terminal: in a hundredth of the time that one of its own takes. */
export async function taskscope(...args: readonly string[]): Promise<Ended> {
  const [input, output, errors] = [new PassThrough().end(), new PassThrough(), new PassThrough()];
  const said = Promise.all([text(output), text(errors)]);
  const code = await runCli(args, openTerminal(input, output, errors, {}));
  output.end();
  errors.end();
  const [out, complaints] = await said;
  return { code, out, errors: complaints };
}

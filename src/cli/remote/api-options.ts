import { basename } from "node:path";
import { InvalidArgumentError } from "commander";
import type { Command } from "commander";
import { CommandError } from "../command-error.ts";
import { exitCodes } from "../exit-codes.ts";
import { ApiClient } from "./api-client.ts";
import { ApiError } from "./api-error.ts";
import { findProcesses } from "./found-processes.ts";
import type { FoundProcess } from "./found-processes.ts";

/** Which API a command asks, and how it is opened. */
export interface ApiFlags {
  readonly pid?: number | undefined;
  readonly token?: string | undefined;
  readonly json?: true | undefined;
}

/** Adds the argument and the options by which every command that asks a process is told which. */
export function withApiOptions(
  command: Command,
  argument = "[url]",
  forms = "a URL, host:port, or a port of this machine",
): Command {
  return command
    .argument(argument, `where the API is: ${forms} (default: the process that is found)`)
    .option("--pid <pid>", "the process, where several of this machine are found", readPid)
    .option(
      "--token <token>",
      "what the API wants to see; better in TASKSCOPE_TOKEN, as others see what programs are started with",
    );
}

/** The client for what the command line says. Without an address it is the one process of this machine that exposes an API. */
export async function openApi(url: string | undefined, { pid, token }: ApiFlags): Promise<ApiClient> {
  if (url !== undefined && pid !== undefined)
    throw new CommandError("give an address or --pid, not both", exitCodes.badUsage);
  const { TASKSCOPE_TOKEN: variable } = process.env;
  const known = token ?? (variable === "" ? undefined : variable);
  return new ApiClient({ url: url ?? (await chooseProcess(pid)).url, token: known });
}

/** The process with that pid; without one, the only one there is. */
async function chooseProcess(pid: number | undefined): Promise<FoundProcess> {
  const found = await findProcesses();
  const fit = pid === undefined ? found : found.filter((each) => each.pid === pid);
  const [only] = fit;
  if (only === undefined) {
    throw new ApiError(
      "unreachable",
      pid !== undefined
        ? `process ${pid} exposes no API that can be found${listOf(found)}`
        : "no process of this user exposes an API on this machine: give its URL, or start one with taskscope run, " +
            "or with httpApi({ listen: { port } }) among the plugins of its tracker",
    );
  }
  if (fit.length === 1) return only;
  throw new CommandError(
    `${fit.length} addresses are found on this machine: choose with ${pid === undefined ? "--pid, or " : ""}the URL${listOf(fit)}`,
    exitCodes.badUsage,
  );
}

function listOf(found: readonly FoundProcess[]): string {
  return found
    .map(
      ({ pid, url, script, answers }) =>
        `\n  --pid ${pid}  ${url}  ${basename(script)}${answers ? "" : "  (does not answer now)"}`,
    )
    .join("");
}

function readPid(text: string): number {
  if (/^[1-9]\d{0,9}$/.test(text)) return Number(text);
  throw new InvalidArgumentError("It takes the id of a process.");
}

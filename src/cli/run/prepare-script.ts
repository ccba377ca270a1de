import { createRequire } from "node:module";
import { resolve } from "node:path";
import type { Plugin } from "../../plugin/index.ts";
import { CommandError } from "../command-error.ts";
import { exitCodes } from "../exit-codes.ts";
import { packageOf } from "./package-of.ts";

/** How the console of a script is served. */
export interface ScriptOptions {
  readonly port: number;
  readonly actions: boolean;
  readonly token: string | undefined;
}

/** A script that is about to run. */
export interface PreparedScript {
  /** Where its console is. */
  readonly url: string;
  /** Runs it as the main program of this process. To be called when the command has nothing more to do. */
  readonly start: () => void;
}

/**
 * Sets up the process's own tracker with a console, for a script that is to run in this very process: so its exit code, its
 * signals, its streams and its pid are its own. Rejects with a `CommandError` where there is no such script, or no port.
 */
export async function prepareScript(
  script: string,
  args: readonly string[],
  { port, actions, token }: ScriptOptions,
): Promise<PreparedScript> {
  const path = pathOf(script);
  const { globalTracker, httpApi, healthRules } = await packageOf(path);
  // Before anybody is told what runs here.
  process.argv.splice(1, process.argv.length, path, ...args);
  try {
    const health = healthRules();
    const api = httpApi({ listen: { port, keepAlive: false }, actions, token, health });
    const tracker = globalTracker();
    for (const plugin of [health, api]) tracker.use(renamed(plugin));
    await tracker.ready;
    return { url: api.url ?? "", start: () => runAsMain(path) };
  } catch (error) {
    const { code, message } = error as { readonly code?: unknown; readonly message: string };
    if (typeof code !== "string" || !code.startsWith("TASKSCOPE_")) throw error;
    if (code === "TASKSCOPE_PORT_IN_USE") {
      const taken = `port ${port} is in use: choose another with --port, or leave it to find one that is free`;
      throw new CommandError(taken, exitCodes.failed, { cause: error });
    }
    const isUsage = code === "TASKSCOPE_INVALID_OPTION";
    throw new CommandError(message, isUsage ? exitCodes.badUsage : exitCodes.failed, { cause: error });
  }
}

/** Under a name of its own, so that the script may add the same plugin itself. */
function renamed(plugin: Plugin): Plugin {
  return {
    name: `run-${plugin.name}`,
    setup: (context) => plugin.setup(context),
    start: async () => plugin.start?.(),
  };
}

/** The file that node would run. */
function pathOf(script: string): string {
  const path = resolve(script);
  try {
    return createRequire(path).resolve(path);
  } catch (error) {
    throw new CommandError(`there is no script ${path}`, exitCodes.badUsage, { cause: error });
  }
}

/** What node does with its first argument: `require.main` and the rest are as if it had been started with the script. */
function runAsMain(path: string): void {
  const { Module } = createRequire(import.meta.url)("node:module") as {
    Module: { runMain(main: string): void };
  };
  Module.runMain(path);
}

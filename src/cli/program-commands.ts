import { fileURLToPath } from "node:url";
import { Command } from "commander";
import type { CommandParts } from "./command-parts.ts";

/** The command line of `taskscope demo`. */
export function demoCommand({ handOver }: CommandParts): Command {
  return programCommand("demo", handOver).description(
    "Show it at work: a small real service with a client, every task of it tracked. demo --help says more.",
  );
}

/** The command line of `taskscope drill`. */
export function drillCommand({ handOver }: CommandParts): Command {
  return programCommand("drill", handOver).description(
    "Cause failures in the demo, on a real Prometheus and Alertmanager, and see their alerts arrive. drill --help says more.",
  );
}

/** What `npm run build` makes of examples/ and drills/. The sources and the built package have it at the same distance. */
const folder = new URL("../../dist/programs/", import.meta.url);

/** A program of its own, which reads its own options. */
function programCommand(name: string, handOver: CommandParts["handOver"]): Command {
  return new Command(name)
    .argument("[options...]")
    .helpOption(false)
    .allowUnknownOption()
    .passThroughOptions()
    .action((options: readonly string[]) => {
      const url = new URL(`${name}.js`, folder);
      const start = (): void => {
        process.argv.splice(1, process.argv.length, fileURLToPath(url), ...options);
        void import(url.href);
      };
      handOver({ start, isOurs: true });
    });
}

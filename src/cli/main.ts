#!/usr/bin/env node
import type { Successor } from "./command-parts.ts";
import { runCli } from "./run-cli.ts";
import { openTerminal } from "./terminal.ts";

// Who reads has read enough, as in `taskscope events | head`: that is no failure.
let endQuietly = (): void => process.exit();
const onTrouble = (error: NodeJS.ErrnoException): void => {
  if (error.code !== "EPIPE") throw error;
  endQuietly();
};
const streams = [process.stdout, process.stderr];
for (const stream of streams) stream.on("error", onTrouble);

let successor: Successor | undefined;
const exitCode = await runCli(
  process.argv.slice(2),
  openTerminal(process.stdin, process.stdout, process.stderr),
  (next) => void (successor = next),
);

if (successor === undefined) process.exitCode = exitCode;
else {
  const { start, isOurs } = successor;
  // A script's process is the script's: what it throws is thrown outside of us, and what it ends with is its own.
  if (!isOurs) for (const stream of streams) stream.removeListener("error", onTrouble);
  // Programs have started others, and end them when they are told to stop.
  endQuietly = () => {
    endQuietly = () => {};
    process.kill(process.pid, "SIGTERM");
  };
  setImmediate(start);
}

#!/usr/bin/env node
import { runCli } from "./run-cli.ts";
import { openTerminal } from "./terminal.ts";

// Who reads has read enough, as in `taskscope events | head`: that is no failure.
const endQuietly = (error: NodeJS.ErrnoException): void => {
  if (error.code !== "EPIPE") throw error;
  process.exit();
};
const streams = [process.stdout, process.stderr];
for (const stream of streams) stream.on("error", endQuietly);

let startScript: (() => void) | undefined;
const exitCode = await runCli(
  process.argv.slice(2),
  openTerminal(process.stdin, process.stdout, process.stderr),
  (start) => void (startScript = start),
);

if (startScript === undefined) process.exitCode = exitCode;
else {
  // From here on the process is the script's: what it throws is thrown outside of us, and what it ends with is its own.
  for (const stream of streams) stream.removeListener("error", endQuietly);
  setImmediate(startScript);
}

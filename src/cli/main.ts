#!/usr/bin/env node
import { runCli } from "./run-cli.ts";
import { openTerminal } from "./terminal.ts";

// Who reads has read enough, as in `taskscope events | head`: that is no failure.
for (const stream of [process.stdout, process.stderr])
  stream.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
    process.exit();
  });

process.exitCode = await runCli(
  process.argv.slice(2),
  openTerminal(process.stdin, process.stdout, process.stderr),
);

import { spawn } from "node:child_process";

/** How a program ended, and all that it wrote. */
export interface CommandResult {
  /** `null` where a signal ended it. */
  readonly exitCode: number | null;
  readonly output: string;
}

let runningPid: number | undefined;

/** Runs a program to its end; rejects where it cannot be started. One at a time. */
export function runCommand(
  program: string,
  args: readonly string[],
  options: { readonly cwd: string; readonly env: NodeJS.ProcessEnv },
): Promise<CommandResult> {
  return new Promise((resolve, reject) => {
    // In a process group of its own, so that whatever it starts can be ended with it.
    const child = spawn(program, args, { ...options, detached: true, stdio: ["ignore", "pipe", "pipe"] });
    runningPid = child.pid;
    let output = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (text: string) => (output += text));
    }
    child.once("error", reject);
    child.once("close", (exitCode) => {
      runningPid = undefined;
      resolve({ exitCode, output });
    });
  });
}

/** Ends the program that runs, if one does, with all that it has started. */
export function killCommand(): void {
  if (runningPid === undefined) return;
  try {
    process.kill(-runningPid, "SIGKILL");
  } catch {
    // It has just ended.
  }
}

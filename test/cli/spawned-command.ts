import { spawn } from "node:child_process";
import type { ChildProcessWithoutNullStreams } from "node:child_process";
import { onTestFinished } from "vitest";
import { root } from "../package/manifest.ts";

/** How a command ended. */
export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly out: string;
  readonly errors: string;
}

/** A command that runs beside the test, so that a server of the test can answer it. */
export class Spawned {
  readonly child: ChildProcessWithoutNullStreams;
  /** Settles when it has ended and all its output was read. */
  readonly ended: Promise<Ended>;
  #out = "";
  #errors = "";
  #look: () => void = () => {};

  constructor(args: readonly string[], env: Readonly<Record<string, string | undefined>>, cwd: string) {
    this.child = spawn(process.execPath, args, { cwd, env });
    this.child.stdout.setEncoding("utf8").on("data", (text: string) => {
      this.#out += text;
      this.#look();
    });
    this.child.stderr.setEncoding("utf8").on("data", (text: string) => {
      this.#errors += text;
      this.#look();
    });
    this.ended = new Promise((resolve, reject) => {
      this.child.once("error", reject);
      this.child.once("close", (code, signal) => {
        resolve({ code, signal, out: this.#out, errors: this.#errors });
        this.#look();
      });
    });
  }

  /** Waits until it has said something, on whichever stream; gives the match. */
  said(pattern: RegExp): Promise<RegExpExecArray> {
    return new Promise((resolve, reject) => {
      this.#look = () => {
        const match = pattern.exec(this.#out) ?? pattern.exec(this.#errors);
        if (match !== null) resolve(match);
        else if (this.child.exitCode !== null || this.child.signalCode !== null)
          reject(new Error(`it ended before it said ${pattern.source}: ${this.#out}${this.#errors}`));
      };
      this.#look();
    });
  }
}

/** Starts the built command. It is killed with the test if it still runs then. */
export function start(
  args: readonly string[],
  {
    env = {},
    cwd = root,
    command = `${root}dist/cli/main.js`,
  }: {
    readonly env?: Readonly<Record<string, string | undefined>>;
    readonly cwd?: string;
    readonly command?: string;
  } = {},
): Spawned {
  const { NODE_OPTIONS: _ours, TASKSCOPE_TOKEN: _none, FORCE_COLOR: _colour, ...rest } = process.env;
  const spawned = new Spawned([command, ...args], { ...rest, ...env }, cwd);
  onTestFinished(async () => {
    spawned.child.kill("SIGKILL");
    await spawned.ended;
  });
  return spawned;
}

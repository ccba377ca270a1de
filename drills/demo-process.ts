import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { createInterface } from "node:readline";
import type { Writable } from "node:stream";
import { demoProgram, packageFolder } from "./places.ts";

interface Waiter {
  readonly pattern: RegExp;
  readonly resolve: (match: RegExpExecArray) => void;
  readonly reject: (error: Error) => void;
}

/** How the demo ended. */
export interface DemoEnd {
  readonly code: number | null;
  readonly lines: readonly string[];
  readonly errors: readonly string[];
}

/** The real demo, running as a process of its own. */
export class DemoProcess {
  /** Settles when the process has ended and all its output was read. */
  readonly end: Promise<DemoEnd>;
  readonly #child: ChildProcess;
  readonly #stdin: Writable;
  readonly #lines: string[] = [];
  readonly #errors: string[] = [];
  #waiters: Waiter[] = [];
  #hasEnded = false;

  constructor(options: readonly string[]) {
    this.#child = spawn(process.execPath, [...demoProgram, ...options], {
      cwd: packageFolder,
      stdio: ["pipe", "pipe", "pipe"],
      env: { ...process.env, NO_COLOR: "1", FORCE_COLOR: undefined },
    });
    const { stdin, stdout, stderr } = this.#child;
    if (stdin === null || stdout === null || stderr === null) throw new TypeError("the output is piped");
    stdin.on("error", () => undefined); // It has ended: those that wait for an answer hear of it.
    this.#stdin = stdin;
    createInterface(stdout).on("line", (line) => this.#onLine(line));
    createInterface(stderr).on("line", (line) => this.#errors.push(line));
    this.end = new Promise((resolve, reject) => {
      this.#child.once("error", reject);
      this.#child.once("close", (code) => {
        this.#hasEnded = true;
        for (const waiter of this.#waiters) waiter.reject(this.#endedBefore(waiter.pattern));
        resolve({ code, lines: this.#lines, errors: this.#errors });
      });
    });
  }

  /**
   * Gives a fault to a demo that was started with `--faults-on-stdin`, as `leak=50`. Settles when it is in place; rejects
   * when the demo does not take it.
   */
  async setFault(text: string): Promise<void> {
    const seen = this.#lines.length;
    this.#stdin.write(`${text}\n`);
    const [answer] = await this.line(/^fault.*: .*/, seen);
    if (answer !== `fault: ${text}`) throw new Error(answer);
  }

  /**
   * Waits for a line of the standard output, also one that has come already, but for the first `skip`. Rejects when the
   * demo ends without it.
   */
  async line(pattern: RegExp, skip = 0): Promise<RegExpExecArray> {
    for (const line of this.#lines.slice(skip)) {
      const match = pattern.exec(line);
      if (match !== null) return match;
    }
    if (this.#hasEnded) throw this.#endedBefore(pattern);
    return new Promise((resolve, reject) => this.#waiters.push({ pattern, resolve, reject }));
  }

  /** What stands after `label: ` in the first line that begins so. */
  async said(label: string): Promise<string> {
    const [, text] = await this.line(new RegExp(`^${label}: (\\S+)`));
    return text ?? "";
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  #onLine(line: string): void {
    this.#lines.push(line);
    this.#waiters = this.#waiters.filter(({ pattern, resolve }) => {
      const match = pattern.exec(line);
      if (match !== null) resolve(match);
      return match === null;
    });
  }

  #endedBefore(pattern: RegExp): Error {
    const output = [...this.#lines, ...this.#errors].join("\n");
    return new Error(`the demo ended before it said ${pattern.source}:\n${output}`);
  }
}

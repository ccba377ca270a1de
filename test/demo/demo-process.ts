import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";

const root = fileURLToPath(new URL("../../", import.meta.url));

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
  readonly #lines: string[] = [];
  readonly #errors: string[] = [];
  #waiters: Waiter[] = [];
  #hasEnded = false;

  constructor(options: readonly string[]) {
    this.#child = spawn(process.execPath, ["--import", "tsx", "examples/demo/main.ts", ...options], {
      cwd: root,
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...process.env, NO_COLOR: "1", FORCE_COLOR: undefined },
    });
    const { stdout, stderr } = this.#child;
    if (stdout === null || stderr === null) throw new TypeError("the output is piped");
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

  /** Waits for a line of the standard output, also one that has come already. Rejects when the demo ends without it. */
  async line(pattern: RegExp): Promise<RegExpExecArray> {
    for (const line of this.#lines) {
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

/** Starts the demo on free ports, and ends it with the test if it still runs then. */
export function startDemo(...options: readonly string[]): DemoProcess {
  const demo = new DemoProcess(["--port", "0", ...options]);
  onTestFinished(async () => {
    demo.signal("SIGKILL");
    await demo.end;
  });
  return demo;
}

import { createInterface } from "node:readline/promises";
import type { Readable, Writable } from "node:stream";
import { safeJson, safeLine, safeText } from "./output/safe-text.ts";
import { painter, wantsColour } from "./output/style.ts";
import type { Paint } from "./output/style.ts";

/** Where a command reads answers and says what it does. */
export interface Terminal {
  /** Whether somebody sits there who can answer. Without one nothing is ever asked. */
  readonly interactive: boolean;
  /** Gives text its looks, where the output takes colours. */
  readonly paint: Paint;
  /** A result: standard output. */
  say(text: string): void;
  /** A result that is printable as it stands: its parts were made so, and then painted. */
  show(line: string): void;
  /** A result for programs: one document of JSON; with `isLine`, in one line. */
  sayJson(value: unknown, isLine?: boolean): void;
  /** A complaint, or word of how things go: standard error. */
  complain(text: string): void;
  /** What is being done now, for somebody who waits: seen on a terminal alone, and gone with the next; `undefined`: over. */
  progress(text: string | undefined): void;
  /** Asks for a line. The empty answer is `fallback`; so is the end of the input. */
  ask(question: string, fallback: string): Promise<string>;
  /** Settles when the output has taken what it was given, for those who have much to say. */
  drained(): Promise<void>;
}

/** The terminal of the process, or of a test. */
export function openTerminal(
  input: Readable & { isTTY?: boolean },
  output: Writable & { isTTY?: boolean },
  errors: Writable & { isTTY?: boolean },
  env: Readonly<Record<string, string | undefined>> = process.env,
): Terminal {
  const clearLine = "\r\u001b[K";
  let isProgressShown = false;
  const progress = (text: string | undefined): void => {
    if (errors.isTTY !== true || (text === undefined && !isProgressShown)) return;
    isProgressShown = text !== undefined;
    errors.write(text === undefined ? clearLine : `${clearLine}${safeLine(text)}`);
  };
  const write = (text: string): void => {
    progress(undefined);
    output.write(`${text}\n`);
  };
  return {
    interactive: input.isTTY === true && output.isTTY === true,
    paint: painter(wantsColour(output, env)),
    say: (text) => write(safeText(text)),
    show: write,
    sayJson: (value, isLine = false) => write(safeJson(value, isLine ? undefined : 2)),
    complain: (text) => {
      progress(undefined);
      errors.write(`${safeText(text)}\n`);
    },
    progress,
    ask: async (question, fallback) => {
      progress(undefined);
      const lines = createInterface({ input, output, terminal: false });
      try {
        const ended = new Promise<string>((resolve) => lines.once("close", () => resolve("")));
        const answer = await Promise.race([lines.question(`${question} [${fallback}] `), ended]);
        return answer.trim() === "" ? fallback : answer.trim();
      } finally {
        lines.close();
      }
    },
    drained: () =>
      output.writableNeedDrain ? new Promise((resolve) => output.once("drain", resolve)) : Promise.resolve(),
  };
}

import { createInterface } from "node:readline/promises";
import type { Readable, Writable } from "node:stream";

/** Where a command reads answers and says what it does. */
export interface Terminal {
  /** Whether somebody sits there who can answer. Without one nothing is ever asked. */
  readonly interactive: boolean;
  /** A result: standard output. */
  say(text: string): void;
  /** A complaint: standard error. */
  complain(text: string): void;
  /** Asks for a line. The empty answer is `fallback`; so is the end of the input. */
  ask(question: string, fallback: string): Promise<string>;
}

/** The terminal of the process, or of a test. */
export function openTerminal(
  input: Readable & { isTTY?: boolean },
  output: Writable & { isTTY?: boolean },
  errors: Writable,
): Terminal {
  return {
    interactive: input.isTTY === true && output.isTTY === true,
    say: (text) => void output.write(`${printable(text)}\n`),
    complain: (text) => void errors.write(`${printable(text)}\n`),
    ask: async (question, fallback) => {
      const lines = createInterface({ input, output, terminal: false });
      try {
        const ended = new Promise<string>((resolve) => lines.once("close", () => resolve("")));
        const answer = await Promise.race([lines.question(`${question} [${fallback}] `), ended]);
        return answer.trim() === "" ? fallback : answer.trim();
      } finally {
        lines.close();
      }
    },
  };
}

/** Control characters of files and arguments are shown, never obeyed: they could move the cursor or retitle the window. */
function printable(text: string): string {
  return text.replaceAll(
    /[^\P{Cc}\n\t]/gu,
    (character) => `\\x${(character.codePointAt(0) ?? 0).toString(16).padStart(2, "0")}`,
  );
}

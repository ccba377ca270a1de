import { emitKeypressEvents } from "node:readline";
import type { Interface } from "node:readline";
import type { ReadStream, WriteStream } from "node:tty";
import type { Size } from "./frame.ts";
import type { Key } from "./keys.ts";
import { paint } from "./paint.ts";
import type { Line } from "./styled-line.ts";

const ALTERNATE_SCREEN = "\u001B[?1049h";
const MAIN_SCREEN = "\u001B[?1049l";
const HIDE_CURSOR = "\u001B[?25l";
const SHOW_CURSOR = "\u001B[?25h";
const NO_WRAP = "\u001B[?7l";
const WRAP = "\u001B[?7h";
const RESET = "\u001B[0m";
const CLEAR = "\u001B[2J";

/** For so long a lone Esc may be the beginning of another key. */
const ESCAPE_MS = 50;

/**
 * The terminal while `top` has it: its other screen, no cursor, keys one by one. `close` gives it back as it was, as often as
 * it is called, and at once: it is what has to happen whichever way the process ends.
 */
export class Screen {
  readonly #input: ReadStream;
  readonly #output: WriteStream;
  readonly #hasColours: boolean;
  #shown: readonly string[] = [];
  #isOpen = false;

  constructor(input: ReadStream, output: WriteStream) {
    this.#input = input;
    this.#output = output;
    // Knows NO_COLOR, FORCE_COLOR and what the terminal can do.
    this.#hasColours = output.hasColors();
  }

  get size(): Size {
    const { columns, rows } = this.#output;
    // A terminal that does not know its size says 0.
    return { columns: columns > 0 ? columns : 80, rows: rows > 0 ? rows : 24 };
  }

  /** Tells of every key. */
  listen(onKey: (key: Key) => void): void {
    emitKeypressEvents(this.#input, { escapeCodeTimeout: ESCAPE_MS } as unknown as Interface);
    this.#input.on("keypress", (_typed: string | undefined, key: Key) => onKey(key));
  }

  open(): void {
    if (this.#isOpen) return;
    this.#isOpen = true;
    this.#shown = [];
    this.#input.setRawMode(true);
    this.#input.resume();
    this.#output.write(`${ALTERNATE_SCREEN}${HIDE_CURSOR}${NO_WRAP}${CLEAR}`);
  }

  /** Shows lines; only those are written that have changed. */
  draw(lines: readonly Line[]): void {
    if (!this.#isOpen) return;
    const painted = lines.map((line) => paint(line, this.#hasColours));
    const changed = painted.flatMap((text, row) =>
      text === this.#shown[row] ? [] : [`\u001B[${row + 1};1H${text}`],
    );
    this.#shown = painted;
    if (changed.length > 0) this.#output.write(changed.join(""));
  }

  /** Makes the next `draw` write everything: the terminal has another size, or somebody else wrote on it. */
  forget(): void {
    this.#shown = [];
    if (this.#isOpen) this.#output.write(`${RESET}${CLEAR}`);
  }

  close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#output.write(`${RESET}${WRAP}${SHOW_CURSOR}${MAIN_SCREEN}`);
    try {
      this.#input.setRawMode(false);
    } catch {
      // The terminal has gone: there is nothing left to give back.
    }
    this.#input.pause();
  }
}

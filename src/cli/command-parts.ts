import type { Terminal } from "./terminal.ts";

/** What a command works with. */
export interface CommandParts {
  readonly terminal: Terminal;
  /** Says what the command ends with; without it, `ok`. */
  readonly finish: (code: number) => void;
  /** Gives the process away: `start` is called when nothing of the command is left, and from then on decides its end. */
  readonly handOver: (start: () => void) => void;
}

import type { Terminal } from "./terminal.ts";

/** What goes on in the process when the command itself is done. */
export interface Successor {
  /** From here on it decides what the process ends with. */
  readonly start: () => void;
  /** Whether it is a program of ours, which ends in order when nobody reads on. What a script does then is its own. */
  readonly isOurs: boolean;
}

/** What a command works with. */
export interface CommandParts {
  readonly terminal: Terminal;
  /** Says what the command ends with; without it, `ok`. */
  readonly finish: (code: number) => void;
  /** Gives the process to another, once nothing of the command is left. */
  readonly handOver: (successor: Successor) => void;
}

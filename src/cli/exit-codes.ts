/** What the command ends with. Scripts rely on it; docs/cli.md has the table. */
export const exitCodes = {
  /** Done, or nothing to do. */
  ok: 0,
  /** Understood, and not done: it would overwrite what is not its own, was declined, or a file could not be written. */
  failed: 1,
  /** Not understood: an unknown command or option, or a value that an option does not take. */
  badUsage: 2,
  /** Nobody answers at the address, what answers is no API of taskscope, or none was found on this machine. */
  unreachable: 3,
  /** The process does not allow it: a token is missing or wrong, or tasks may only be looked at. */
  refused: 4,
} as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/** What `taskscope health` ends with: what monitors of the kin of Nagios understand. */
export const healthExitCodes = { ok: 0, warning: 1, critical: 2, unknown: 3 } as const;

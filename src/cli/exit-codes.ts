/** What the command ends with. Scripts rely on it. */
export const exitCodes = {
  /** Done, or nothing to do. */
  ok: 0,
  /** Understood, and not done: it would overwrite what is not its own, was declined, or a file could not be written. */
  failed: 1,
  /** Not understood: an unknown command or option, or a value that an option does not take. */
  badUsage: 2,
} as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/** Where taskscope reports trouble of its own: a plugin that throws, a limit that was reached. */
export interface Diag {
  /** Something an operator should know. Called rarely: repeated trouble is reported at most once a minute. */
  warn(message: string, error?: unknown): void;
}

/** The same, for use in the midst of tracked code: whatever `diag` does when it is called, nothing is thrown. */
export function safeDiag(diag: Diag): Diag {
  return {
    warn(message, error) {
      try {
        diag.warn(message, error);
      } catch {
        // A reporter that fails has nobody left to report to.
      }
    },
  };
}

/** The default: Node's process warnings, which `--no-warnings` and `process.on("warning")` control. */
export const processDiag: Diag = {
  warn(message, error) {
    const detail = error instanceof Error ? (error.stack ?? error.message) : undefined;
    process.emitWarning(message, { type: "TaskscopeWarning", ...(detail === undefined ? {} : { detail }) });
  },
};

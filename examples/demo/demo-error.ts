/** Trouble that the person at the terminal can mend. It is printed as one line; the demo then ends with exit code 1. */
export class DemoError extends Error {
  override readonly name = "DemoError";
}

/** The code of a system error (`EADDRINUSE`, `ENOENT`), if it has one. */
export function systemCode(error: unknown): string | undefined {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;
}

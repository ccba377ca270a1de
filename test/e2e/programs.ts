import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Finds a program: where the variable says, else the first of the names on the PATH. */
export function findProgram(variable: string, names: readonly string[]): string | undefined {
  const given = process.env[variable];
  if (given !== undefined && given !== "") return given;
  const folders = (process.env["PATH"] ?? "").split(delimiter);
  return names.flatMap((name) => folders.map((folder) => join(folder, name))).find(isExecutable);
}

/** Whether a missing program is a failure: on CI it is, elsewhere the test is skipped and says why. */
export const programsAreRequired: boolean = Boolean(process.env["CI"]);

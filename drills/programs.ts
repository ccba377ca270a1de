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

/** The two servers that a drill needs. */
export interface Programs {
  readonly prometheus: string;
  readonly alertmanager: string;
}

/** Finds both servers. Gives what is missing and how to get it, where one is. */
export function findPrograms(): Programs | string {
  const prometheus = findProgram("PROMETHEUS", ["prometheus"]);
  const alertmanager = findProgram("ALERTMANAGER", ["alertmanager", "prometheus-alertmanager"]);
  if (prometheus !== undefined && alertmanager !== undefined) return { prometheus, alertmanager };
  const lacking = [
    ...(prometheus === undefined
      ? [{ name: "prometheus", package: "prometheus", variable: "PROMETHEUS" }]
      : []),
    ...(alertmanager === undefined
      ? [{ name: "alertmanager", package: "prometheus-alertmanager", variable: "ALERTMANAGER" }]
      : []),
  ];
  const list = (key: keyof (typeof lacking)[number], between: string): string =>
    lacking.map((one) => one[key]).join(between);
  return (
    `missing: ${list("name", ", ")}. Debian has them: apt-get install ${list("package", " ")}; ` +
    `others: https://prometheus.io/download/, then set ${list("variable", " and ")} to where they are`
  );
}

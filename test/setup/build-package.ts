import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";

/** Brings dist/ up to date once for all tests of the built package; where nothing changed that takes a second. */
export function setup(): void {
  const root = fileURLToPath(new URL("../../", import.meta.url));
  execFileSync("npm", ["run", "--silent", "build"], { cwd: root, stdio: "inherit" });
}

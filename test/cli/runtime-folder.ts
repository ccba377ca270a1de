import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll } from "vitest";

/** The folder in which the processes of a test file say where they are: nobody else's are found there, nor theirs elsewhere. */
export const runtimeFolder: string = mkdtempSync(join(tmpdir(), "taskscope-cli-"));
// For trackers of the test's own process too.
process.env["XDG_RUNTIME_DIR"] = runtimeFolder;
afterAll(() => rmSync(runtimeFolder, { recursive: true, force: true }));

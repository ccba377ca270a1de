import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";

test("telemetry never keeps a process alive that has nothing else to do", async () => {
  const script = fileURLToPath(new URL("../fixtures/idle-process.ts", import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, ["--import", "tsx", script], {
    timeout: 8_000,
  });
  expect(stdout).toBe("200");
});

import { chmodSync, mkdtempSync, rmSync, statSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { createTracker, InvalidOptionError } from "taskscope";
import { clusterCollector, clusterMember } from "taskscope/cluster";

const parent = mkdtempSync(join(tmpdir(), "taskscope-"));
afterEach(() => rmSync(parent, { recursive: true, force: true }));

describe("options", () => {
  test.each<[string, () => unknown]>([
    ["clusterCollector.directory", () => clusterCollector({ directory: "" })],
    ["clusterCollector.directory", () => clusterCollector({ directory: `/tmp/${"x".repeat(90)}` })],
    ["clusterCollector.onMember", () => clusterCollector({ onMember: true as never })],
    ["clusterCollector.port", () => clusterCollector({ port: 1 } as object)],
    ["clusterMember.directory", () => clusterMember({ directory: 1 as never })],
    ["clusterMember.intervalMs", () => clusterMember({ intervalMs: 9 })],
    ["clusterMember.intervalMs", () => clusterMember({ intervalMs: Number.POSITIVE_INFINITY })],
    ["clusterMember.intervalMs", () => clusterMember({ intervalMs: "1s" as never })],
    ["child", () => clusterCollector().attach({} as never)],
  ])("a bad %s is named", (option, make) => {
    expect(make).toThrow(InvalidOptionError);
    expect(make).toThrow(expect.objectContaining({ option }) as Error);
  });

  test("a bad timeout of flush is named", async () => {
    await expect(clusterMember().flush({ timeoutMs: -1 })).rejects.toThrow("flush.timeoutMs takes");
  });
});

describe("the directory", () => {
  test("is made for this user alone, and the socket in it too", async () => {
    const directory = join(parent, "made", "deep");
    const tasks = createTracker({ plugins: [clusterCollector({ directory })] });
    await tasks.ready;
    expect(statSync(directory).mode & 0o777).toBe(0o700);
    await tasks.shutdown();
  });

  test.each<[string, (path: string) => string]>([
    [
      "others may enter",
      (path) => {
        chmodSync(path, 0o755);
        return path;
      },
    ],
    [
      "is a link",
      (path) => {
        symlinkSync(path, `${path}-link`);
        return `${path}-link`;
      },
    ],
  ])("is refused when it %s", async (_, spoil) => {
    const path = mkdtempSync(join(tmpdir(), "taskscope-"));
    const directory = spoil(path);
    const tasks = createTracker({ plugins: [clusterCollector({ directory })] });
    await expect(tasks.ready).rejects.toThrow("clusterCollector.directory takes");
    await tasks.shutdown();
    rmSync(path, { recursive: true, force: true });
    rmSync(directory, { force: true });
  });
});

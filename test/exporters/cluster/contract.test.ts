import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { clusterCollector, clusterMember } from "taskscope/cluster";
import { testPlugin } from "taskscope/testing";
import { afterAll, beforeAll, describe, test } from "vitest";
import { Scraped } from "./members.ts";

const directory = mkdtempSync(join(tmpdir(), "taskscope-"));
let scraped: Scraped;

beforeAll(async () => {
  scraped = new Scraped({ directory });
  await scraped.tasks.ready;
});

afterAll(async () => {
  await scraped.tasks.shutdown();
  rmSync(directory, { recursive: true, force: true });
});

describe("a collector", () => {
  testPlugin({ test, create: () => clusterCollector({ directory }) });
});

describe("a member that has a collector", () => {
  testPlugin({ test, create: () => clusterMember({ directory, intervalMs: 10 }) });
});

describe("a member that has none", () => {
  testPlugin({ test, create: () => clusterMember({ directory: join(directory, "none"), intervalMs: 10 }) });
});

import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { playDockerfile } from "./played-dockerfile.ts";

const top = fileURLToPath(new URL("../../", import.meta.url));
const [, command = "[]"] = /^CMD (\[.+\])$/m.exec(readFileSync(join(top, "docker/Dockerfile"), "utf8")) ?? [];
const MEGABYTE = 1_000_000;

describe("the image of the demo, its steps done without Docker", () => {
  const scratch = mkdtempSync(join(tmpdir(), "taskscope-image-"));
  let app = "";
  let files: string[] = [];

  beforeAll(() => {
    app = playDockerfile(top, scratch);
    files = readdirSync(app, { recursive: true, encoding: "utf8" }).filter((path) =>
      statSync(join(app, path)).isFile(),
    );
  }, 300_000);
  afterAll(() => rmSync(scratch, { recursive: true, force: true }));

  test("holds the package, the demo and the packages that it loads, and nothing else", () => {
    expect(readdirSync(app).toSorted()).toEqual(["dist", "examples", "node_modules", "package.json"]);
    const folders = readdirSync(join(app, "node_modules"));
    expect(folders).toEqual(
      expect.arrayContaining(["@grpc", "@opentelemetry", "commander", "hono", "prom-client"]),
    );
    const { devDependencies } = JSON.parse(readFileSync(join(top, "package.json"), "utf8")) as {
      readonly devDependencies: Readonly<Record<string, string>>;
    };
    const forBuilding = ["typescript", "vite", "vitest", "tsx", "oxlint", "playwright-core", "preact"];
    expect(Object.keys(devDependencies)).toEqual(expect.arrayContaining(forBuilding));
    expect(folders.filter((folder) => forBuilding.includes(folder))).toEqual([]);
    expect(files.filter((path) => /\.(?:ts|map|tsbuildinfo)$/.test(path))).toEqual([]);
  });

  test("is small: less than 30 MB on top of Node.js", () => {
    const bytes = files.reduce((sum, path) => sum + statSync(join(app, path)).size, 0);
    expect(bytes).toBeGreaterThan(MEGABYTE);
    expect(bytes).toBeLessThan(30 * MEGABYTE);
  });

  test("runs as it is, with its console, its metrics and OpenTelemetry, and ends in order", () => {
    const [program, ...args] = (JSON.parse(command) as string[]).map((word) =>
      word.replace("0.0.0.0", "127.0.0.1").replace(/^8080$/, "0"),
    );
    expect(program).toBe("node");
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      [...args, "--seconds", "2", "--otel-port", "0"],
      {
        cwd: app,
        encoding: "utf8",
        env: { ...process.env, NODE_ENV: "production", NO_COLOR: "1", NODE_PATH: "" },
      },
    );
    expect(stderr).toBe("");
    expect(stdout).toMatch(/^service: http\S+ \(\d+ packages of .+node_modules\)$/m);
    expect(stdout).toMatch(/^metrics through OpenTelemetry: /m);
    expect(stdout).toMatch(/^tasks: ended /m);
    expect(status).toBe(0);
    expect(files).toContain("dist/console/index.html");
  });
});

import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

interface TypeScriptConfig {
  compilerOptions: { paths: Record<string, readonly [string]> };
}

const fromRoot = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const { paths } = (JSON.parse(readFileSync(fromRoot("tsconfig.all.json"), "utf8")) as TypeScriptConfig)
  .compilerOptions;

/** Tests import the package by its public names and run its sources: what TypeScript resolves, Vitest resolves. */
const alias = Object.entries(paths).map(([specifier, [source]]) => ({
  find: new RegExp(`^${specifier}$`),
  replacement: fromRoot(source),
}));

/** Tests of what is built, not of the sources: dist/ is brought up to date before the first of them. */
const builtTests = ["cli", "package", "console", "demo", "e2e"].map(
  (folder) => `test/${folder}/**/*.test.ts`,
);

const inCi = Boolean(process.env["CI"]);

export default defineConfig({
  resolve: { alias },
  test: {
    pool: "forks",
    execArgv: ["--expose-gc"],
    hookTimeout: 120_000,
    teardownTimeout: 30_000,
    expect: { poll: { timeout: 60_000 } },
    reporters: inCi ? ["default", ["json", { outputFile: "build/test-results.json" }]] : ["default"],
    projects: [
      {
        extends: true,
        test: {
          name: "source",
          include: ["test/**/*.test.ts"],
          exclude: builtTests,
          testTimeout: 120_000,
        },
      },
      {
        extends: true,
        test: {
          name: "built",
          include: builtTests,
          globalSetup: ["test/setup/build-package.ts"],
          testTimeout: 300_000,
          hookTimeout: 300_000,
        },
      },
    ],
  },
});

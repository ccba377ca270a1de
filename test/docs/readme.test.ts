import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { errorCodes } from "taskscope";
import { metricsPage } from "../../scripts/metrics-page.ts";

const read = (path: string): string => readFileSync(new URL(`../../${path}`, import.meta.url), "utf8");
const readme = read("README.md");

/** The TypeScript blocks of the README, each with the heading it stands under. */
const blocks = [...readme.matchAll(/```ts\n([\s\S]*?)```/g)].map((match) => ({
  heading: [...readme.slice(0, match.index).matchAll(/^#+ (.*)$/gm)].at(-1)?.[1] ?? "",
  code: match[1] ?? "",
}));

/** Runs a block as written, with its imports, and gives what it printed. */
async function runBlock(code: string): Promise<unknown[][]> {
  const printed: unknown[][] = [];
  const statements = code
    .replaceAll(/^import \{ ([^}]+) \} from "([^"]+)";$/gm, 'const { $1 } = await load("$2");')
    .replaceAll(/\((\w+): \w+\) =>/g, "($1) =>");
  const AsyncFunction = Object.getPrototypeOf(async () => {}).constructor as new (
    ...args: string[]
  ) => (...args: unknown[]) => Promise<void>;
  const load = async (specifier: string): Promise<object> => modules[specifier]?.() ?? {};
  await new AsyncFunction("load", "console", statements)(load, {
    log: (...args: unknown[]) => printed.push(args),
  });
  return printed;
}

const modules: Readonly<Record<string, () => Promise<object>>> = {
  taskscope: () => import("taskscope"),
  "taskscope/http": () => import("taskscope/http"),
  "taskscope/health": () => import("taskscope/health"),
  "node:http": () => import("node:http"),
  "taskscope/prom-client": () => import("taskscope/prom-client"),
  "taskscope/otel": () => import("taskscope/otel"),
  "taskscope/log": () => import("taskscope/log"),
  "taskscope/node": () => import("taskscope/node"),
  "prom-client": async () => (await import("prom-client")).default,
  "@opentelemetry/exporter-prometheus": () => import("@opentelemetry/exporter-prometheus"),
};

describe("the README", () => {
  test.each(blocks)(
    "its example under “$heading” runs and prints what its comments say",
    async ({ code }) => {
      const printed = await runBlock(code);
      const promised = [...code.matchAll(/console\.log\(.*\); \/\/ (.*)$/gm)].map((match) => match[1] ?? "");
      expect(printed).toHaveLength(promised.length);
      for (const [index, comment] of promised.entries()) {
        expect(inWords(printed[index]?.[0])).toMatch(asPattern(comment));
      }
    },
  );

  test("names every error code, and no other", () => {
    const named = new Set(readme.match(/TASKSCOPE_[A-Z_]+[A-Z]/g));
    expect([...named].toSorted()).toEqual(Object.keys(errorCodes).toSorted());
  });

  test("links only to what exists", () => {
    for (const [, path = ""] of readme.matchAll(/\]\((?!https?:)([^)#]+)[^)]*\)/g)) {
      expect(() => read(path.endsWith("/") ? `${path}README.md` : path), path).not.toThrow();
    }
  });

  test("names only npm scripts that exist", () => {
    const { scripts } = JSON.parse(read("package.json")) as { scripts: Record<string, string> };
    for (const page of [readme, read("src/ARCHITECTURE.md"), read("CONTRIBUTING.md")]) {
      for (const [, script = ""] of page.matchAll(/npm run ([a-z][a-z:-]*)/g))
        expect(scripts).toHaveProperty([script]);
    }
  });
});

test("docs/metrics.md is what the catalogue says", () => {
  expect(read("docs/metrics.md")).toBe(metricsPage());
});

test("the reading map names every folder of src, and no other", () => {
  const map = read("src/ARCHITECTURE.md");
  const named = new Set([...map.matchAll(/`((?:exporters\/)?[a-z-]+)\//g)].map((match) => match[1] ?? ""));
  const top = readdirSync(new URL("../../src", import.meta.url), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name);
  for (const folder of top)
    expect(
      [...named].some((name) => name.split("/")[0] === folder),
      folder,
    ).toBe(true);
  const elsewhere = new Set(["alerts", "bench", "console", "dashboards", "test", "testing"]);
  for (const name of named) {
    expect(elsewhere.has(name) || top.includes(name.split("/")[0] ?? ""), name).toBe(true);
  }
});

/** What a value looks like in a comment. */
function inWords(value: unknown): string {
  return typeof value === "string"
    ? value
    : JSON.stringify(value)
        .replaceAll(/"(\w+)":/g, "$1:")
        .replaceAll(/([:,{])(?=\S)/g, "$1 ");
}

/** A comment as a pattern: spaces do not count, and "…" stands for anything. */
function asPattern(comment: string): RegExp {
  const loose = comment
    .split("…")
    .map((part) =>
      part
        .replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&")
        .replaceAll(/\s+/g, "\\s*")
        .replaceAll(/([{}:,])/g, "$1\\s*"),
    )
    .join(".*");
  return new RegExp(`^${loose.replaceAll("\\{\\s*", "\\s*\\{\\s*").replaceAll("\\}\\s*", "\\s*\\}\\s*")}$`);
}

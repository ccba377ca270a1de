import { existsSync, readdirSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { commonTypes, errorCodes } from "taskscope";
import { anchorsOf } from "./anchors.ts";
import { PublicTypes } from "./public-types.ts";
import { asPattern, blocksOf, readRepositoryFile, runBlock, withoutSpaces } from "./run-block.ts";

const pages = [
  "tasks",
  "policies",
  "supervision",
  "limits",
  "cancelling-and-shutdown",
  "metrics-endpoint",
  "http-api",
  "health",
] as const;
type Page = (typeof pages)[number];

const textOf = (page: Page): string => readRepositoryFile(`docs/${page}.md`);
const blocks = pages.flatMap((page) =>
  blocksOf(textOf(page)).map((block, index) => ({ page, title: `${block.heading} (${index})`, ...block })),
);
const types = new PublicTypes(new Map(blocks.map(({ page, title, code }) => [`${page}: ${title}`, code])));

describe("the examples of the pages", () => {
  test.each(blocks.map((block) => [block.page, block.title, block] as const))(
    "%s: %s prints what its comments say",
    async (_, __, { code, promised }) => {
      const printed = await runBlock(code);
      expect(promised).not.toContain(undefined);
      expect(printed).toHaveLength(promised.length);
      for (const [index, comment = ""] of promised.entries())
        expect(withoutSpaces(printed[index] ?? "")).toMatch(asPattern(comment));
    },
  );

  test("hold before TypeScript, as strict as it is here", { timeout: 240_000 }, () => {
    const errors = blocks.flatMap(({ page, title }, index) =>
      types.errorsIn(index).map((error) => `${page}: ${title}: ${error}`),
    );
    expect(errors).toEqual([]);
  });
});

/** What stands in the first column of the tables of a page. */
function firstCells(page: Page): string {
  return textOf(page)
    .split("\n")
    .flatMap((line) => (line.startsWith("|") ? [line.split(/(?<!\\)\|/)[1] ?? ""] : []))
    .join("\n");
}

describe("the pages have a row for each", () => {
  test.each<[Page, string]>([
    ["tasks", "TaskOptions"],
    ["tasks", "TaskFilter"],
    ["tasks", "TaskContext"],
    ["tasks", "TaskHandle"],
    ["tasks", "OpenTask"],
    ["tasks", "PeriodicOptions"],
    ["tasks", "RetentionOptions"],
    ["tasks", "WithTimeoutOptions"],
    ["policies", "TypePolicy"],
    ["policies", "RestartPolicy"],
    ["policies", "BackoffOptions"],
    ["supervision", "GroupOptions"],
    ["limits", "LimitOptions"],
    ["cancelling-and-shutdown", "ShutdownOptions"],
    ["cancelling-and-shutdown", "ShutdownOnSignalsOptions"],
  ])("%s: member of %s", (page, name) => {
    const cells = firstCells(page);
    const members = types.membersOf(name);
    expect(members).not.toEqual([]);
    expect(members.filter((member) => !new RegExp(`\`${member}\\b`).test(cells))).toEqual([]);
  });

  test.each<[Page, string, string]>([
    ["http-api", "HttpApiOptions", "src/exporters/http/index.ts"],
    ["health", "HealthOptions", "src/health/index.ts"],
  ])("%s: member of %s", (page, name, entry) => {
    const cells = firstCells(page);
    const members = types.membersOf(name, entry);
    expect(members).not.toEqual([]);
    expect(members.filter((member) => !new RegExp(`\`${member}\\b`).test(cells))).toEqual([]);
  });

  test.each<[Page, string]>([
    ["limits", "RejectionReason"],
    ["limits", "DuplicatePolicy"],
    ["cancelling-and-shutdown", "CancelledBy"],
    ["cancelling-and-shutdown", "ShutdownPolicy"],
    ["supervision", "SupervisionStrategy"],
    ["tasks", "OutcomeStatus"],
    ["tasks", "TracePolicy"],
  ])("%s: word of %s", (page, name) => {
    const cells = firstCells(page);
    const words = types.membersOf(name);
    expect(words).not.toEqual([]);
    expect(words.filter((word) => !new RegExp(`\`"?${word}"?\``).test(cells))).toEqual([]);
  });

  test("error code, and no other", () => {
    const [, errors = ""] = textOf("tasks").split("\n## Errors\n");
    const codes = Array.from(errors.matchAll(/^\| `(TASKSCOPE_[A-Z_]+)`/gm), ([, code = ""]) => code);
    expect(codes.toSorted()).toEqual(Object.keys(errorCodes).toSorted());
  });

  test("common type, with its timeout", () => {
    for (const [type, { timeoutMs }] of Object.entries(commonTypes)) {
      const bound = timeoutMs?.toLocaleString("en-US") ?? "none";
      expect(textOf("policies")).toMatch(new RegExp(`^\\| \`${type}\` +\\| ${bound} +\\|$`, "m"));
    }
  });
});

describe("links", () => {
  const documents = readdirSync(new URL("../../docs", import.meta.url))
    .filter((name) => name.endsWith(".md"))
    .map((name) => `docs/${name}`);

  test.each(documents)("of %s lead to files and headings that exist", (document) => {
    const text = readRepositoryFile(document);
    const links = Array.from(text.matchAll(/\]\((?!https?:)([^)#\s]*)(?:#([^)\s]+))?\)/g));
    const broken = links.filter(([, path = "", anchor]) => {
      const target = path === "" ? document : `docs/${path}`;
      if (!existsSync(new URL(`../../${target}`, import.meta.url))) return true;
      return anchor !== undefined && !anchorsOf(readRepositoryFile(target)).has(anchor);
    });
    expect(broken.map(([link]) => link)).toEqual([]);
  });
});

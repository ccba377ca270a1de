import ts from "typescript";
import { describe, expect, test } from "vitest";
import { anchorsOf } from "./anchors.ts";
import { readRepositoryFile } from "./run-block.ts";

interface Row {
  readonly id: string;
  /** Which test, in which file. */
  readonly tests: readonly { readonly file: string; readonly title: string }[];
  readonly links: readonly { readonly page: string; readonly anchor: string }[];
}

const rows: readonly Row[] = Array.from(
  readRepositoryFile("docs/features.md").matchAll(/^\| ([A-Z]\d+) +\|(.*)\|$/gm),
  ([, id = "", rest = ""]) => ({
    id,
    tests: Array.from(rest.matchAll(/`(test\/[^`]+)`: “([^”]+)”/g), ([, file = "", title = ""]) => ({
      file,
      title: title.replaceAll(/\\(.)/g, "$1"),
    })),
    links: Array.from(
      rest.matchAll(/\]\(((?:\.\.\/)?[\w/-]+\.md)#([^)]+)\)/g),
      ([, page = "", anchor = ""]) => ({
        page,
        anchor,
      }),
    ),
  }),
);

/** The titles of the tests of a file, as written: those of `test.each` with their placeholders. */
function titlesIn(file: string): ReadonlySet<string> {
  const titles = new Set<string>();
  const source = ts.createSourceFile(file, readRepositoryFile(file), ts.ScriptTarget.Latest, true);
  const visit = (node: ts.Node): void => {
    if (ts.isCallExpression(node) && /^(?:test|it)\b/.test(node.expression.getText())) {
      const [title] = node.arguments;
      if (title !== undefined && ts.isStringLiteralLike(title)) titles.add(title.text);
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return titles;
}

function numbered(letter: string, count: number): string[] {
  return Array.from({ length: count }, (_, index) => `${letter}${index + 1}`);
}

describe("the table of features", () => {
  test("has every row once, in order", () => {
    const ids = [
      ...numbered("A", 15),
      ...numbered("B", 7),
      ...numbered("C", 9),
      ...numbered("D", 7),
      "E1",
      "E2",
      "E3",
      "E4",
      "E6",
      "E7",
      "E8",
      "E9",
      "F4",
      "G1",
      "G4",
      "G5",
      "G6",
      "G7",
      "G8",
    ];
    expect(rows.map(({ id }) => id)).toEqual(ids);
  });

  test.each(rows.map((row) => [row.id, row] as const))(
    "%s: its tests and its places in the docs exist",
    (_, row) => {
      expect(row.tests).not.toEqual([]);
      expect(row.tests.filter(({ file, title }) => !titlesIn(file).has(title))).toEqual([]);
      expect(row.links).not.toEqual([]);
      const broken = row.links.filter(
        ({ page, anchor }) => !anchorsOf(readRepositoryFile(`docs/${page}`)).has(anchor),
      );
      expect(broken).toEqual([]);
    },
  );
});

import { anchorsOf } from "../../docs/anchors.ts";
import { PublicTypes } from "../../docs/public-types.ts";
import { asPattern, blocksOf, readRepositoryFile, runBlock, withoutSpaces } from "../../docs/run-block.ts";
import { expect, test } from "vitest";

const page = readRepositoryFile("docs/opentelemetry.md");
const blocks = blocksOf(page);
const types = new PublicTypes(
  new Map(blocks.map(({ heading, code }, index) => [`${heading} (${index})`, code])),
);

test.each(blocks.map((block) => [block.heading, block] as const))(
  "the example under “%s” prints what its comments say",
  async (_, { code, promised }) => {
    const printed = await runBlock(code);
    // A `console.log` in a loop has its lines behind the loop.
    const behind = Array.from(code.matchAll(/^\/\/ (.*)$/gm), ([, line = ""]) => line);
    const expected = [...promised.filter((comment) => comment !== undefined), ...behind];
    expect(printed).toHaveLength(expected.length);
    for (const [index, comment] of expected.entries())
      expect(withoutSpaces(printed[index] ?? "")).toMatch(asPattern(comment));
  },
);

test("the examples hold before TypeScript", { timeout: 240_000 }, () => {
  expect(blocks.flatMap((_, index) => types.errorsIn(index))).toEqual([]);
});

test("the links of the page lead somewhere", () => {
  const anchors = anchorsOf(page);
  const links = Array.from(page.matchAll(/\]\(#([^)]+)\)/g), ([, anchor = ""]) => anchor);
  expect(links).not.toEqual([]);
  expect(links.filter((anchor) => !anchors.has(anchor))).toEqual([]);
});

test.each([
  "OpenTelemetryOptions",
  "OpenTelemetryChanges",
  "InstrumentOptions",
  "MetricProducerOptions",
  "TailSamplingOptions",
  "TailSamplingCounts",
])("the page speaks of each member of %s", (name) => {
  const members = types.membersOf(name, "src/exporters/otel/index.ts");
  expect(members).not.toEqual([]);
  expect(members.filter((member) => !new RegExp(`\\b${member}\\b`).test(page))).toEqual([]);
});

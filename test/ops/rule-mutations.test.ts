import { execFile } from "node:child_process";
import { cpSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parser } from "@prometheus-io/lezer-promql";
import { describe, expect, it } from "vitest";
import { stringify } from "yaml";
import { fromTop, listFiles, readText } from "./repository.ts";
import type { AlertRule, RecordingRule, RuleFile } from "./rule-file.ts";
import { ruleFile } from "./rule-file.ts";
import { promtool, withFolder } from "./tools.ts";

type Rule = AlertRule | RecordingRule;

interface Mutant {
  /** The rule that was changed. */
  readonly name: string;
  readonly what: string;
  readonly file: RuleFile;
}

/** Expressions that differ from the given one in one number (times 5) or lack one `and`, `or` or `unless` clause. */
function mutateExpression(expr: string): { what: string; expr: string }[] {
  const mutants: { what: string; expr: string }[] = [];
  const replace = (what: string, from: number, to: number, text: string): void => {
    mutants.push({ what, expr: expr.slice(0, from) + text + expr.slice(to) });
  };
  parser.parse(expr).iterate({
    enter: ({ node }) => {
      const literal = expr.slice(node.from, node.to);
      const measured = node.name === "NumberDurationLiteral" && node.parent?.name === "BinaryExpr";
      if (measured && Number(literal) !== 0) {
        replace(`${literal} times 5`, node.from, node.to, String(Number(literal) * 5));
      }
      const operator = node.name === "BinaryExpr" ? node.firstChild?.nextSibling?.name : undefined;
      if (operator === "And" || operator === "Unless" || operator === "Or") {
        const left = node.firstChild;
        if (left !== null)
          replace(`without its ${operator}`, node.from, node.to, expr.slice(left.from, left.to));
      }
    },
  });
  return mutants;
}

function mutateRule(rule: Rule): { what: string; rule: Rule | undefined }[] {
  const mutants: { what: string; rule: Rule | undefined }[] = [{ what: "deleted", rule: undefined }];
  for (const { what, expr } of mutateExpression(rule.expr)) mutants.push({ what, rule: { ...rule, expr } });
  if ("record" in rule) return mutants;
  const { for: waiting, keep_firing_for: keeping, ...rest } = rule;
  const kept = keeping === undefined ? {} : { keep_firing_for: keeping };
  if (waiting !== undefined) mutants.push({ what: "without for", rule: { ...rest, ...kept } });
  if (keeping !== undefined && waiting !== undefined) {
    mutants.push({ what: "without keep_firing_for", rule: { ...rest, for: waiting } });
  }
  mutants.push({
    what: "of another severity",
    rule: { ...rule, labels: { ...rule.labels, severity: "info" } },
  });
  return mutants;
}

const mutants: Mutant[] = ruleFile.groups.flatMap((group, groupIndex) =>
  group.rules.flatMap((rule, ruleIndex) =>
    mutateRule(rule).map(({ what, rule: mutant }) => ({
      name: "alert" in rule ? rule.alert : rule.record,
      what,
      file: {
        groups: ruleFile.groups.map((other, index) =>
          index !== groupIndex
            ? other
            : {
                ...other,
                rules: group.rules.toSpliced(ruleIndex, 1, ...(mutant === undefined ? [] : [mutant])),
              },
        ),
      },
    })),
  ),
);

/** The unit tests that can notice a change of a rule: those that name the alert, or all for a recording. */
function testsOf(name: string): string[] {
  const all = listFiles("alerts/tests", ".test.yml");
  return name.includes(":") ? all : all.filter((path) => readText(path).includes(`alertname: ${name}\n`));
}

async function passes(paths: readonly string[]): Promise<boolean> {
  return await new Promise((resolve) => {
    execFile(promtool.command, ["test", "rules", ...paths], (error) => {
      resolve(error === null);
    });
  });
}

describe.skipIf(promtool.missing)(promtool.title("the unit tests of the rules"), () => {
  it(`kill each of ${String(mutants.length)} mutants of the rules`, { timeout: 240_000 }, async () => {
    await withFolder(async (top) => {
      const survivors: string[] = [];
      const waiting = mutants.entries();
      const work = async (): Promise<void> => {
        for (const [index, { name, what, file }] of waiting) {
          const folder = join(top, String(index));
          mkdirSync(join(folder, "alerts"), { recursive: true });
          cpSync(fromTop("alerts/tests"), join(folder, "alerts/tests"), { recursive: true });
          writeFileSync(join(folder, "alerts/taskscope.rules.yml"), stringify(file));
          const tests = testsOf(name).map((path) => join(folder, path));
          if (await passes(tests)) survivors.push(`${name} ${what}`);
        }
      };
      await Promise.all([work(), work()]);
      expect(survivors).toEqual([]);
    });
  });
});

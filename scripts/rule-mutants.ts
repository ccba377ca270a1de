import type { SyntaxNode } from "@lezer/common";
import { parser } from "@prometheus-io/lezer-promql";

export interface Rule {
  readonly record?: string;
  readonly alert?: string;
  readonly expr: string;
  readonly for?: string;
  readonly keep_firing_for?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

export interface Group {
  readonly name: string;
  readonly rules: readonly Rule[];
}

/** The rules with one change that should matter. */
export interface Mutant {
  /** The rule that was changed, and how. */
  readonly title: string;
  /** The group of that rule as it is now. Groups read nothing of one another. */
  readonly group: Group;
  /** The alerts that can tell: the changed one, or those that read the changed recording. */
  readonly alerts: readonly string[];
}

const comparisons = new Set(["Gtr", "Gte", "Lss", "Lte", "Eql", "Neq"]);
const setOperators = new Set(["And", "Unless", "Or"]);

const operatorOf = (node: SyntaxNode | null): string =>
  node?.name === "BinaryExpr" ? (node.firstChild?.nextSibling?.name ?? "") : "";

/**
 * Expressions that differ from the given one in one thing: a number is five times as large (0 becomes 5 where it is
 * compared with), one `and`, `or` or `unless` clause is gone, or one label matcher.
 */
function mutateExpression(expr: string): { what: string; expr: string }[] {
  const mutants: { what: string; expr: string }[] = [];
  const replace = (what: string, from: number, to: number, text: string): void => {
    mutants.push({ what, expr: expr.slice(0, from) + text + expr.slice(to) });
  };
  parser.parse(expr).iterate({
    enter: ({ node }) => {
      const { name, from, to, parent, firstChild } = node;
      const literal = expr.slice(from, to);
      if (name === "NumberDurationLiteral" && parent?.name === "BinaryExpr") {
        const larger = Number(literal) === 0 && comparisons.has(operatorOf(parent)) ? 5 : Number(literal) * 5;
        replace(`with ${String(larger)} for ${literal}`, from, to, String(larger));
      }
      const operator = operatorOf(node);
      if (setOperators.has(operator) && firstChild !== null) {
        const right = expr.slice(node.lastChild?.from ?? to, to).replaceAll(/\s+/g, " ");
        replace(
          `without "${operator.toLowerCase()} ${right.slice(0, 60)}"`,
          from,
          to,
          expr.slice(firstChild.from, firstChild.to),
        );
      }
      if (name === "LabelMatchers") replace(`without ${literal}`, from, to, "");
    },
  });
  return mutants;
}

function mutateRule(rule: Rule): { what: string; rule: Rule | undefined }[] {
  const mutants: { what: string; rule: Rule | undefined }[] = [{ what: "deleted", rule: undefined }];
  for (const { what, expr } of mutateExpression(rule.expr)) mutants.push({ what, rule: { ...rule, expr } });
  for (const timing of ["for", "keep_firing_for"] as const) {
    const { [timing]: wait, ...rest } = rule;
    if (wait !== undefined) mutants.push({ what: `without ${timing}`, rule: rest });
  }
  if (rule.alert !== undefined) {
    const severity = rule.labels?.["severity"] === "info" ? "warning" : "info";
    mutants.push({
      what: `of severity ${severity}`,
      rule: { ...rule, labels: { ...rule.labels, severity } },
    });
  }
  return mutants;
}

/** The alerts of a group that read a recording, directly or through others. */
function readersOf(record: string, rules: readonly Rule[]): string[] {
  const readers = rules.filter(({ expr, annotations }) =>
    `${expr} ${annotations?.["description"] ?? ""}`.includes(record),
  );
  return readers.flatMap((reader) =>
    reader.alert === undefined ? readersOf(reader.record ?? "", rules) : [reader.alert],
  );
}

/** Every mutant of the rules of these groups. */
export function mutantsOf(groups: readonly Group[]): Mutant[] {
  return groups.flatMap((group) =>
    group.rules.flatMap((rule, index) =>
      mutateRule(rule).map(({ what, rule: mutant }) => ({
        title: `${rule.alert ?? rule.record ?? ""} ${what}`,
        group: {
          ...group,
          rules: group.rules.toSpliced(index, 1, ...(mutant === undefined ? [] : [mutant])),
        },
        alerts:
          rule.alert === undefined ? [...new Set(readersOf(rule.record ?? "", group.rules))] : [rule.alert],
      })),
    ),
  );
}

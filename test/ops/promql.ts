import type { SyntaxNode } from "@lezer/common";
import { parser } from "@prometheus-io/lezer-promql";

export interface Selector {
  readonly metric: string;
  readonly labels: readonly string[];
  /** Label matchers as written, for example `job=~"$job"`. */
  readonly matchers: readonly string[];
  /** The functions and aggregations around it, innermost first. */
  readonly within: readonly string[];
  /** The window of the range it stands in, as written. */
  readonly window: string | undefined;
}

export interface Expression {
  readonly errors: number;
  readonly selectors: readonly Selector[];
  /** Labels in `by`, `without`, `on`, `ignoring` and `group_left`. */
  readonly groupingLabels: readonly string[];
  /** Numbers that are compared with or calculated with; no durations. */
  readonly numbers: readonly number[];
}

/** Grafana's variables are no PromQL: the windows become durations that can be told from written ones. */
const rateInterval = "7777s";
const range = "8888s";

/** The expression as Prometheus would get it from a dashboard, every variable chosen to be "all". */
export function withoutVariables(source: string): string {
  return source
    .replaceAll("$__rate_interval", rateInterval)
    .replaceAll("$__range", range)
    .replaceAll(/"\$\w+"/g, '".+"');
}

function ancestors(node: SyntaxNode): SyntaxNode[] {
  const found: SyntaxNode[] = [];
  for (let up = node.parent; up !== null; up = up.parent) found.push(up);
  return found;
}

export function parseExpression(original: string): Expression {
  const source = original.replaceAll("$__rate_interval", rateInterval).replaceAll("$__range", range);
  const text = (node: SyntaxNode): string => source.slice(node.from, node.to);
  const selectors: Selector[] = [];
  const groupingLabels: string[] = [];
  const numbers: number[] = [];
  let errors = 0;

  const readSelector = (node: SyntaxNode): Selector => {
    const matchers = node.getChild("LabelMatchers")?.getChildren("UnquotedLabelMatcher") ?? [];
    const outer = ancestors(node);
    const windowed = outer.find(({ name }) => name === "MatrixSelector");
    const window = windowed?.getChild("DurationExpr");
    const identifier = node.getChild("Identifier");
    return {
      metric: identifier === null ? "" : text(identifier),
      labels: matchers.flatMap((matcher) => matcher.getChildren("LabelName").map(text)),
      matchers: matchers.map(text),
      within: outer
        .map((up) => up.getChild("FunctionIdentifier") ?? up.getChild("AggregateOp"))
        .filter((name) => name !== null)
        .map(text),
      window:
        window === null || window === undefined
          ? undefined
          : text(window).replace(rateInterval, "$__rate_interval").replace(range, "$__range"),
    };
  };

  parser.parse(source).iterate({
    enter: ({ node, type }) => {
      if (type.isError) errors += 1;
      if (node.name === "VectorSelector") selectors.push(readSelector(node));
      if (node.name === "GroupingLabels") groupingLabels.push(...node.getChildren("LabelName").map(text));
      if (node.name === "NumberDurationLiteral") numbers.push(Number(text(node)));
    },
  });
  return { errors, selectors, groupingLabels, numbers };
}

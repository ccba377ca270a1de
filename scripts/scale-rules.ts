/**
 * Makes a fast copy of a Prometheus rule file for drills: every duration times one factor.
 *
 *   tsx scripts/scale-rules.ts --factor 0.02 alerts/taskscope.rules.yml > fast.rules.yml
 *
 * Scaled by the factor: range windows, subquery ranges and steps, offsets, `for`, `keep_firing_for`, `interval` and
 * `query_offset`, in expressions and in the queries inside annotations.
 *
 * Per-second thresholds are multiplied by the factor too: a literal compared with a rate of events. A drill is
 * shorter, but the machine under it is no faster; at factor 0.02, 10000 tasks per second for 2 minutes become 200
 * tasks per second for 2.4 seconds. Levels (1000 tasks more), counts (10 failures), ratios (5 %) and seconds per
 * second (Little's law) have no "per second" and stay. So do `> 0`, the names of recordings and the prose of
 * annotations: they go on naming the windows of the rules that ship.
 */
import { readFileSync, realpathSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import type { SyntaxNode } from "@lezer/common";
import { parser } from "@prometheus-io/lezer-promql";
import { parse, stringify } from "yaml";

interface Rule {
  record?: string;
  alert?: string;
  expr: string;
  for?: string;
  keep_firing_for?: string;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
}

interface Group {
  name: string;
  interval?: string;
  query_offset?: string;
  rules: Rule[];
}

interface RuleFile {
  groups: Group[];
}

/** What one number of an expression counts: events per second, or anything else. */
type Dimension = "per-second" | "other";

const unitMs = [
  ["y", 31_536_000_000],
  ["w", 604_800_000],
  ["d", 86_400_000],
  ["h", 3_600_000],
  ["m", 60_000],
  ["s", 1_000],
  ["ms", 1],
] as const;

/** A Prometheus duration ("1h30m", "500ms", "300" seconds) times the factor, to the millisecond, never rounded to 0. */
export function scaleDuration(duration: string, factor: number): string {
  const parts = [...duration.matchAll(/(\d+)(ms|[ywdhms])/g)];
  if (parts.map(([part]) => part).join("") !== duration && !/^[\d.]+$/.test(duration)) {
    throw new RangeError(`Not a Prometheus duration: ${duration}`);
  }
  const sizes = new Map<string, number>(unitMs);
  const durationMs =
    parts.length === 0
      ? Number(duration) * 1_000
      : parts.reduce((sum, [, count, unit]) => sum + Number(count) * (sizes.get(unit ?? "") ?? 0), 0);
  if (durationMs === 0) return duration;
  let restMs = Math.max(1, Math.round(durationMs * factor));
  let text = "";
  for (const [unit, size] of unitMs.slice(2)) {
    const count = Math.floor(restMs / size);
    if (count > 0) text += `${String(count)}${unit}`;
    restMs -= count * size;
  }
  return text;
}

const comparisons = new Set(["Gtr", "Gte", "Lss", "Lte", "Eql", "Neq"]);
const sumOperators = new Set(["Add", "Sub"]);
const countingAggregations = new Set(["Count", "CountValues", "Group"]);
const rates = new Set(["rate", "irate", "deriv"]);
const countingFunctions =
  /^(increase|delta|idelta|changes|resets|absent|absent_over_time|count_over_time|histogram_.+|time|timestamp)$/;

function children(node: SyntaxNode): SyntaxNode[] {
  const found: SyntaxNode[] = [];
  for (let child = node.firstChild; child !== null; child = child.nextSibling) found.push(child);
  return found;
}

/** The three parts of `left operator right`; what stands between operator and right (`on`, `bool`) is left out. */
function operands(node: SyntaxNode): { left: SyntaxNode; operator: string; right: SyntaxNode } | undefined {
  const [left, operator, ...rest] = children(node);
  const right = rest.at(-1);
  if (left === undefined || operator === undefined || right === undefined) return undefined;
  return { left, operator: operator.name, right };
}

/** Whether an expression counts events per second. A rate of seconds is seconds per second: a number of tasks. */
function dimensionOf(node: SyntaxNode, source: string, recordings: ReadonlyMap<string, string>): Dimension {
  const inside = (child: SyntaxNode): Dimension => dimensionOf(child, source, recordings);
  const text = (child: SyntaxNode | null): string =>
    child === null ? "" : source.slice(child.from, child.to);
  switch (node.name) {
    case "BinaryExpr": {
      const parts = operands(node);
      if (parts === undefined) return "other";
      const left = inside(parts.left);
      if (parts.operator === "Div")
        return left === "per-second" && inside(parts.right) === "other" ? left : "other";
      if (parts.operator === "Mul") return left === inside(parts.right) ? "other" : "per-second";
      return sumOperators.has(parts.operator) && left === "other" ? inside(parts.right) : left;
    }
    case "AggregateExpr":
      if (children(node).some((child) => countingAggregations.has(child.firstChild?.name ?? "")))
        return "other";
      break;
    case "FunctionCall": {
      const called = text(node.getChild("FunctionIdentifier"));
      if (countingFunctions.test(called)) return "other";
      if (rates.has(called)) return /_seconds(_sum|_total)?\s*[{[]/.test(text(node)) ? "other" : "per-second";
      break;
    }
    case "VectorSelector": {
      const recorded = recordings.get(text(node.getChild("Identifier")));
      return recorded === undefined
        ? "other"
        : dimensionOf(parser.parse(recorded).topNode, recorded, recordings);
    }
  }
  return children(node).some((child) => inside(child) === "per-second") ? "per-second" : "other";
}

/** `%s` and `%q` of Go's printf, replaced by something of the same length that parses where they stand. */
const fillIn = (text: string): string => text.replaceAll("%s", "  ").replaceAll("%q", '""');

function parses(source: string): boolean {
  let valid = source.trim() !== "";
  parser.parse(source).iterate({
    enter: (node) => {
      if (node.type.isError) valid = false;
    },
  });
  return valid;
}

const actions = /\{\{.*?\}\}/gs;
const goStrings = /"(?:\\.|[^"\\])*"|`[^`]*`/g;

/** Rewrites each PromQL expression that an annotation hands to `query`. */
function mapTemplateQueries(template: string, rewrite: (query: string) => string): string {
  return template.replaceAll(actions, (action) => {
    if (!/\bquery\b/.test(action)) return action;
    return action.replaceAll(goStrings, (literal) => {
      const raw = literal.startsWith("`");
      const query = raw ? literal.slice(1, -1) : (JSON.parse(literal) as string);
      if (!parses(fillIn(query))) return literal;
      return raw ? `\`${rewrite(query)}\`` : JSON.stringify(rewrite(query));
    });
  });
}

/** The PromQL expressions that an annotation hands to `query`, with printf's verbs filled in so that they parse. */
export function templateQueries(template: string): string[] {
  const found: string[] = [];
  mapTemplateQueries(template, (query) => {
    found.push(fillIn(query));
    return query;
  });
  return found;
}

function scaleExpression(text: string, factor: number, recordings: ReadonlyMap<string, string>): string {
  const source = fillIn(text);
  if (!parses(source)) throw new SyntaxError(`Not a PromQL expression: ${text}`);
  const edits: { from: number; to: number; text: string }[] = [];
  const replace = (node: SyntaxNode, scaled: string): void => {
    edits.push({ from: node.from, to: node.to, text: scaled });
  };
  const visit = (node: SyntaxNode): void => {
    const literal = source.slice(node.from, node.to);
    if (node.name === "NumberDurationLiteralInDurationContext") replace(node, scaleDuration(literal, factor));
    const parts = node.name === "BinaryExpr" ? operands(node) : undefined;
    if (parts !== undefined && comparisons.has(parts.operator)) {
      for (const [limit, measured] of [
        [parts.right, parts.left],
        [parts.left, parts.right],
      ] as const) {
        const number = Number(source.slice(limit.from, limit.to));
        if (limit.name !== "NumberDurationLiteral" || Number.isNaN(number)) continue;
        if (dimensionOf(measured, source, recordings) !== "per-second") continue;
        replace(limit, String(Number((number * factor).toPrecision(12))));
      }
    }
    for (const child of children(node)) visit(child);
  };
  visit(parser.parse(source).topNode);
  return edits
    .sort((a, b) => b.from - a.from)
    .reduce((scaled, edit) => scaled.slice(0, edit.from) + edit.text + scaled.slice(edit.to), text);
}

/** One PromQL expression, no recording of the rules in a comparison, with every duration times the factor. */
export function scaleQuery(expression: string, factor: number): string {
  return scaleExpression(expression, factor, new Map());
}

/** The rule file with every duration, and every per-second threshold, times the factor. Comments are not kept. */
export function scaleRules(yamlText: string, factor: number): string {
  if (!Number.isFinite(factor) || factor <= 0)
    throw new RangeError(`factor must be above 0, got ${String(factor)}`);
  const file = parse(yamlText) as RuleFile;
  const recordings = new Map<string, string>();
  for (const { record, expr } of file.groups.flatMap(({ rules }) => rules)) {
    if (record !== undefined) recordings.set(record, expr);
  }
  const scaleTemplate = (template: string): string =>
    mapTemplateQueries(template, (query) => scaleExpression(query, factor, recordings));

  for (const group of file.groups) {
    if (group.interval !== undefined) group.interval = scaleDuration(group.interval, factor);
    if (group.query_offset !== undefined) group.query_offset = scaleDuration(group.query_offset, factor);
    for (const rule of group.rules) {
      rule.expr = scaleExpression(rule.expr, factor, recordings);
      if (rule.for !== undefined) rule.for = scaleDuration(rule.for, factor);
      if (rule.keep_firing_for !== undefined)
        rule.keep_firing_for = scaleDuration(rule.keep_firing_for, factor);
      for (const templates of [rule.labels ?? {}, rule.annotations ?? {}]) {
        for (const [name, template] of Object.entries(templates)) templates[name] = scaleTemplate(template);
      }
    }
  }
  return stringify(file, { lineWidth: 0 });
}

function main(): void {
  const { values, positionals } = parseArgs({
    options: { factor: { type: "string", short: "f" } },
    allowPositionals: true,
  });
  const [path = fileURLToPath(new URL("../alerts/taskscope.rules.yml", import.meta.url))] = positionals;
  const factor = Number(values.factor);
  if (!(factor > 0)) {
    console.error("Usage: tsx scripts/scale-rules.ts --factor <number above 0> [rules.yml]");
    process.exitCode = 2;
    return;
  }
  process.stdout.write(scaleRules(readFileSync(path, "utf8"), factor));
}

const entry = process.argv[1];
// Bundled into another program, this is a part of that.
if (
  import.meta.url.endsWith("/scale-rules.ts") &&
  entry !== undefined &&
  realpathSync(entry) === fileURLToPath(import.meta.url)
)
  main();

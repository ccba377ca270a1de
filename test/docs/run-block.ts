import { readFileSync } from "node:fs";
import ts from "typescript";

/** A TypeScript block of a page. */
export interface DocBlock {
  /** The heading it stands under. */
  readonly heading: string;
  readonly code: string;
  /** What the comment behind each `console.log` says it prints; `undefined` where there is none. */
  readonly promised: readonly (string | undefined)[];
}

/** Reads a file of the repository. */
export function readRepositoryFile(path: string): string {
  return readFileSync(new URL(`../../${path}`, import.meta.url), "utf8");
}

/** The TypeScript blocks of a page, in order. */
export function blocksOf(page: string): DocBlock[] {
  return Array.from(page.matchAll(/^```ts\n(.*?)^```/gms), ({ index, 1: code = "" }) => ({
    heading: [...page.slice(0, index).matchAll(/^#+ (.*)$/gm)].at(-1)?.[1] ?? "",
    code,
    promised: promisesIn(code),
  }));
}

/** Runs a block as written, with its imports, and gives a line for each `console.log`. */
export async function runBlock(code: string): Promise<string[]> {
  const { outputText } = ts.transpileModule(code, {
    compilerOptions: {
      target: ts.ScriptTarget.ES2022,
      module: ts.ModuleKind.ESNext,
      verbatimModuleSyntax: true,
    },
  });
  const named = outputText.replaceAll(/^import (\w+) from/gm, "import { default as $1 } from");
  const statements = named.replaceAll(
    /^import \{([^}]+)\} from "([^"]+)";$/gm,
    (_, names: string, specifier: string) =>
      `const {${names.replaceAll(" as ", ": ")}} = await load("${specifier}");`,
  );
  const AsyncFunction = Object.getPrototypeOf(async () => {}).constructor as new (
    ...args: string[]
  ) => (...args: unknown[]) => Promise<void>;
  const printed: string[] = [];
  await new AsyncFunction("load", "console", statements)(load, {
    log: (...args: unknown[]) => void printed.push(args.map(inWords).join(" ")),
  });
  return printed;
}

/** A comment as a pattern for what is printed: spaces do not count, and "…" stands for anything. */
export function asPattern(comment: string): RegExp {
  const parts = withoutSpaces(comment)
    .split("…")
    .map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`));
  return new RegExp(`^${parts.join(".*")}$`, "s");
}

/** What {@link asPattern} is matched against. */
export function withoutSpaces(text: string): string {
  return text.replaceAll(/\s+/g, "");
}

const modules: Readonly<Record<string, () => Promise<object>>> = {
  taskscope: () => import("taskscope"),
  "taskscope/testing": () => import("taskscope/testing"),
  "taskscope/prom-client": () => import("taskscope/prom-client"),
  "taskscope/otel": () => import("taskscope/otel"),
  "taskscope/node": () => import("taskscope/node"),
  "taskscope/http": () => import("taskscope/http"),
  "taskscope/health": () => import("taskscope/health"),
  "prom-client": async () => (await import("prom-client")).default,
  "@opentelemetry/exporter-prometheus": () => import("@opentelemetry/exporter-prometheus"),
  "@hono/node-server": () => import("@hono/node-server"),
  hono: () => import("hono"),
  express: () => import("express"),
  fastify: () => import("fastify"),
  "@opentelemetry/sdk-trace": () => import("@opentelemetry/sdk-trace"),
  "node:http": () => import("node:http"),
  "node:events": () => import("node:events"),
};

async function load(specifier: string): Promise<object> {
  const module = modules[specifier];
  if (module === undefined) throw new Error(`run-block.ts does not know the module "${specifier}"`);
  return module();
}

function promisesIn(code: string): (string | undefined)[] {
  const promised: (string | undefined)[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isExpressionStatement(node) && node.expression.getText().startsWith("console.log(")) {
      const [comment] = ts.getTrailingCommentRanges(code, node.end) ?? [];
      promised.push(comment === undefined ? undefined : code.slice(comment.pos + 2, comment.end).trim());
    }
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile("block.ts", code, ts.ScriptTarget.Latest, true));
  return promised;
}

/** What a value looks like in a comment. */
function inWords(value: unknown): string {
  if (typeof value === "string") return value;
  return (JSON.stringify(value) ?? String(value)).replaceAll(/"(\w+)":/g, "$1:");
}

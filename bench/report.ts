import { caseNames } from "./bench-case.ts";
import type { ChildResult } from "./child.ts";
import { environmentLines, type Environment } from "./environment.ts";
import { estimate, median, type Estimate } from "./statistics.ts";
import { tableAsMarkdown, tableAsText, type Table } from "./table.ts";
import type { Quantity } from "./target.ts";
import { inFlight, modes } from "./time.ts";
import { cpuRatio, samplesOf, type TargetResult } from "./verdict.ts";

export interface Report {
  readonly environment: Environment;
  readonly processes: number;
  readonly quick: boolean;
  readonly targets: readonly TargetResult[];
  readonly results: readonly ChildResult[];
}

const modeNames = {
  sequential: "one at a time",
  concurrent: `${inFlight.toLocaleString("en")} in flight`,
} as const;

/** The whole report for a terminal. */
export function reportAsText(report: Report): string {
  return [
    environmentLines(report.environment).join("\n"),
    ...tables(report).map(tableAsText),
    howToRead(report),
  ].join("\n\n");
}

/** The page for the documentation. `links` lead to what was measured elsewhere. */
export function reportAsMarkdown(report: Report, links: string | undefined): string {
  return [
    "# Performance",
    "Made by `npm run bench -- --docs`; do not edit.",
    ...(links === undefined ? [] : [links]),
    environmentLines(report.environment)
      .map((line) => `- ${line}`)
      .join("\n"),
    howToRead(report),
    ...tables(report).map(tableAsMarkdown),
    "",
  ].join("\n\n");
}

function howToRead({ processes, quick, targets }: Report): string {
  const confidence = Math.min(...targets.map(({ value }) => value.confidence));
  const compares = targets.some(({ target }) => target.must === undefined);
  return [
    "Times are CPU nanoseconds of the whole process a task around `async () => { await null; return 1 }`, medians over",
    `${processes} processes; × is the ratio to the bare call of the same process. In brackets: the interval that holds the true`,
    `median with at least ${Math.floor(confidence * 100)} % confidence. A Must is met or missed when the whole interval is.`,
    ...(compares ? comparedLibraries : []),
    quick ? "This was a quick run: look at orders of magnitude only." : "",
  ]
    .join("\n")
    .trimEnd();
}

const comparedLibraries = [
  "A row without a Must compares with a library that does a like job its own way: Effect, with all metrics and a span of its",
  "own tracer, which makes ids only for who exports it; and autometrics, which makes no span, counts by an older OpenTelemetry",
  "SDK of its own, and keeps the caller of a call in an `AsyncLocalStorage`.",
];

function tables({ targets, results }: Report): Table[] {
  return [targetTable(targets), timeTable(results), batchTable(results), heapTable(results)].filter(
    ({ lines }) => lines.length > 0,
  );
}

const units = {
  ratio: " ×",
  "batch-ratio": " ×",
  "batch-ms": " ms",
  "batch-item-ms": " ms",
  "batch-piece-ms": " ms",
  "batch-item-us": " µs",
  "pending-bytes": " B",
  "left-bytes": " B",
  "size-kb": " kB",
} as const;

function howMeasured(quantity: Quantity): string {
  if (quantity.kind === "ratio") return modeNames[quantity.mode];
  if (quantity.kind === "size-kb") return "unpacked";
  return quantity.kind === "pending-bytes" || quantity.kind === "left-bytes"
    ? count(quantity.tasks)
    : "at once";
}

function targetTable(targets: readonly TargetResult[]): Table {
  return {
    title: "Targets",
    header: ["Row", "What", "How", "Measured", "Must", "Aim", "Verdict"],
    textColumns: 3,
    lines: targets.map(({ target, value, verdict, reachesAim }) => {
      const { kind } = target.quantity;
      const unit = units[kind];
      const sign = target.bound === "at most" ? "≤" : "≥";
      const how = howMeasured(target.quantity);
      return [
        target.row,
        target.what,
        how,
        interval(value, unit),
        target.must === undefined ? "–" : `${sign} ${target.must}${unit}`,
        target.aim === undefined ? "–" : `${sign} ${target.aim}${unit}`,
        reachesAim && verdict === "met" ? "met, aim too" : (verdict ?? "–"),
      ];
    }),
  };
}

function timeTable(results: readonly ChildResult[]): Table {
  const lines = [...groupBy(results, ({ plan }) => plan)].flatMap(([plan, group]) => {
    const [first] = group;
    if (first?.measure !== "time") return [];
    return [...new Set(first.time.map(({ caseName }) => caseName))].map((caseName) => [
      plan,
      caseName,
      ...modes.flatMap((mode) => {
        const samples = group.map((result) => samplesOf(result, caseName, mode));
        const ratios = group.map((result, index) =>
          cpuRatio(samples[index] ?? [], samplesOf(result, caseNames.bare, mode)),
        );
        return [
          count(median(samples.map((values) => median(values.map(({ cpuNs }) => cpuNs))))),
          count(median(samples.map((values) => median(values.map(({ wallNs }) => wallNs))))),
          interval(estimate(ratios), " ×"),
        ];
      }),
    ]);
  });
  return {
    title: "CPU and wall time a task, ns",
    header: ["Plan", "Case", ...modes.flatMap((mode) => [`${modeNames[mode]}: CPU`, "wall", "to bare"])],
    textColumns: 2,
    lines,
  };
}

function batchTable(results: readonly ChildResult[]): Table {
  const measured = results.flatMap((result) => (result.measure === "batch" ? result.batch : []));
  const lines = [...groupBy(measured, ({ caseName }) => caseName)].map(([caseName, group]) => {
    const items = group[0]?.items ?? 0;
    const cpuNs = median(group.map(({ samples }) => median(samples.map((sample) => sample.cpuNs))));
    const wallNs = median(group.map(({ samples }) => median(samples.map((sample) => sample.wallNs))));
    return [
      caseName,
      count(items),
      decimal(cpuNs / 1e6),
      decimal(wallNs / 1e6),
      decimal(cpuNs / items / 1e3),
    ];
  });
  return {
    title: "Many at once",
    header: ["Case", "Items", "CPU, ms", "Wall, ms", "CPU an item, µs"],
    textColumns: 1,
    lines,
  };
}

function heapTable(results: readonly ChildResult[]): Table {
  const measured = results.flatMap((result) => (result.measure === "heap" ? result.heap : []));
  const lines = [...groupBy(measured, ({ tasks }) => tasks)].flatMap(([tasks, ofSize]) => {
    const byCase = groupBy(ofSize, ({ caseName }) => caseName);
    const bareBytes = median((byCase.get(caseNames.bare) ?? []).map(({ pendingBytes }) => pendingBytes));
    return [...byCase].map(([caseName, group]) => {
      const pendingBytes = median(group.map((result) => result.pendingBytes));
      const leftBytes = median(group.map((result) => result.leftBytes));
      return [
        caseName,
        count(tasks),
        count(pendingBytes),
        count(pendingBytes - bareBytes),
        leftBytes.toFixed(2),
      ];
    });
  });
  return {
    title: "Heap a pending task, bytes",
    header: ["Case", "Pending", "Bytes", "Over bare", "Left after the end"],
    textColumns: 1,
    lines,
  };
}

function groupBy<Item, Key>(items: readonly Item[], keyOf: (item: Item) => Key): Map<Key, Item[]> {
  const groups = new Map<Key, Item[]>();
  for (const item of items) {
    const group = groups.get(keyOf(item));
    if (group === undefined) groups.set(keyOf(item), [item]);
    else group.push(item);
  }
  return groups;
}

function interval({ median, low, high }: Estimate, unit: string): string {
  return `${decimal(median)}${unit} [${decimal(low)}–${decimal(high)}]`;
}

function decimal(value: number): string {
  return Math.abs(value) >= 100 ? count(value) : value.toFixed(Math.abs(value) < 10 ? 2 : 1);
}

function count(value: number): string {
  return Math.round(value).toLocaleString("en");
}

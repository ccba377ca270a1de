import { execFileSync } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, onTestFinished, test } from "vitest";
import { parse, stringify } from "yaml";
import { scaleRules } from "../../scripts/scale-rules.ts";
import { startDemo } from "../demo/start-demo.ts";
import { dashboards, expressionsOf } from "../ops/dashboard.ts";
import type { RuleFile } from "../ops/rule-file.ts";
import { startEverythingService } from "./everything-service.ts";
import { findProgram } from "../../drills/programs.ts";
import { freePort } from "../../drills/server-program.ts";
import { programsAreRequired } from "./programs-are-required.ts";
import { runServer } from "./run-server.ts";

/** Two hours pass in a minute: the longest look back within a dashboard that must be filled. */
const FACTOR = 1 / 120;
const SCRAPE_INTERVAL = "500ms";

const prometheus = findProgram("PROMETHEUS", ["prometheus"]);
const promtool = findProgram("PROMTOOL", ["promtool"]);
const missing = prometheus === undefined || promtool === undefined;
const hint =
  "prometheus is missing: apt-get install prometheus, or set PROMETHEUS and PROMTOOL to their paths";
if (missing && !programsAreRequired) console.warn(`Skipped: ${hint}.`);
const rulesPath = fileURLToPath(new URL("../../alerts/taskscope.rules.yml", import.meta.url));

interface Query {
  readonly where: string;
  readonly expr: string;
}

/** What Grafana would ask with every variable on "All", the last two hours shown, and a window of ten minutes. */
function queriesOf(part: "panel" | "annotation" | "variable"): Query[] {
  return dashboards.flatMap((dashboard) =>
    expressionsOf(dashboard)
      .filter(({ where }) => where.startsWith(part))
      .map(({ where, expr }) => ({
        where: `${dashboard.path} ${where}`,
        expr: expr
          .replaceAll("$__rate_interval", "10m")
          .replaceAll("$__range", "2h")
          .replaceAll(/"\$\w+"/g, '".+"'),
      })),
  );
}

/** The queries with every duration scaled, as the rules are. */
function scaled(queries: readonly Query[]): Query[] {
  const rules = queries.map(({ expr }, index) => ({ record: `query:n${index}`, expr }));
  const file = parse(scaleRules(stringify({ groups: [{ name: "queries", rules }] }), FACTOR)) as RuleFile;
  return queries.map(({ where }, index) => ({ where, expr: file.groups[0]?.rules[index]?.expr ?? "" }));
}

async function newFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "taskscope-dash-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

async function startPrometheus(folder: string, config: object): Promise<string> {
  const path = join(folder, "prometheus.yml");
  await writeFile(path, stringify(config));
  const address = `127.0.0.1:${await freePort()}`;
  const args = [
    `--config.file=${path}`,
    `--storage.tsdb.path=${join(folder, "data")}`,
    "--storage.tsdb.retention.time=10y",
    `--web.listen-address=${address}`,
  ];
  await runServer(prometheus ?? "prometheus", args, `http://${address}/-/ready`);
  return address;
}

interface Series {
  readonly metric: Readonly<Record<string, string>>;
  readonly value?: readonly [number, string];
  readonly values?: readonly (readonly [number, string])[];
}

async function ask(address: string, path: string, parameters: Record<string, string>): Promise<Series[]> {
  const url = `http://${address}/api/v1/${path}?${new URLSearchParams(parameters).toString()}`;
  const body = (await (await fetch(url)).json()) as { data?: { result: Series[] }; error?: string };
  if (body.data === undefined) throw new Error(`${body.error ?? "no answer"}: ${parameters["query"] ?? ""}`);
  return body.data.result;
}

async function withoutData(address: string, queries: readonly Query[]): Promise<string[]> {
  const empty: string[] = [];
  for (const { where, expr } of queries) {
    const series = await ask(address, "query", { query: expr });
    if (!series.some(({ value }) => value?.[1] !== "NaN")) empty.push(`${where}: ${expr}`);
  }
  return empty;
}

describe.skipIf(missing && !programsAreRequired)(
  `the dashboards on a real Prometheus${missing ? ` (${hint})` : ""}`,
  () => {
    test(
      "show data in every target of every panel after a minute of demo",
      { timeout: 300_000 },
      async () => {
        const folder = await newFolder();
        const demo = startDemo(
          "--rate",
          "20",
          ...["failures=0.3", "leak=50", "block=300"].flatMap((fault) => ["--fault", fault]),
        );
        const service = new URL(await demo.said("service")).host;
        const everything = await startEverythingService(await newFolder());
        await writeFile(
          join(folder, "fast.rules.yml"),
          scaleRules(await readFile(rulesPath, "utf8"), FACTOR),
        );
        const job = (name: string, target: string): object => ({
          job_name: name,
          static_configs: [{ targets: [target] }],
        });
        const address = await startPrometheus(folder, {
          global: { scrape_interval: SCRAPE_INTERVAL, evaluation_interval: SCRAPE_INTERVAL },
          rule_files: ["fast.rules.yml"],
          scrape_configs: [job("demo", service), job("everything", everything)],
        });
        const queries = [...scaled(queriesOf("panel")), ...scaled(queriesOf("variable"))];
        expect(queries.length).toBeGreaterThan(150);
        await expect
          .poll(() => withoutData(address, queries), { timeout: 240_000, interval: 2_000 })
          .toEqual([]);
        expect(
          await withoutData(address, [{ where: "nowhere", expr: "taskscope_tasks_dreamt_total" }]),
        ).toEqual(["nowhere: taskscope_tasks_dreamt_total"]);
        demo.signal("SIGTERM");
        expect((await demo.end).code).toBe(0);
      },
    );

    // Nobody deploys in a minute, so this one reads generated history: two instances, one of which gets a new version and
    // starts anew at minute 30 while the other, which does not export its start, only starts anew.
    test("mark deploys and restarts where they were", { timeout: 240_000 }, async () => {
      const folder = await newFolder();
      const startSeconds = Math.floor(Date.now() / 60_000) * 60 - 3_600;
      const minutes = Array.from({ length: 60 }, (_, minute) => minute);
      const samples = (name: string, value: (minute: number) => string | undefined): string =>
        minutes
          .flatMap((minute) => {
            const text = value(minute);
            return text === undefined ? [] : [`${name}${text} ${startSeconds + minute * 60}`];
          })
          .join("\n");
      const [a, b] = ['job="shop",instance="a:1"', 'job="shop",instance="b:1"'];
      const restart = startSeconds + 30 * 60 - 5;
      const task = 'task_type="network",task_name="get"';
      const count = (minute: number): number => (minute < 30 ? minute * 10 + 100 : (minute - 30) * 10);
      const history = join(folder, "history.txt");
      await writeFile(
        history,
        [
          "# TYPE taskscope_build_info gauge",
          samples("taskscope_build_info", (m) => (m < 30 ? `{${a},version="0.1.0"} 1` : undefined)),
          samples("taskscope_build_info", (m) => (m < 30 ? undefined : `{${a},version="0.2.0"} 1`)),
          samples("taskscope_build_info", () => `{${b},version="0.1.0"} 1`),
          "# TYPE process_start_time_seconds gauge",
          samples("process_start_time_seconds", (m) => `{${a}} ${m < 30 ? startSeconds - 60 : restart}`),
          "# TYPE taskscope_tasks_spawned counter",
          samples("taskscope_tasks_spawned_total", (m) => `{${a},${task}} ${count(m)}`),
          samples("taskscope_tasks_spawned_total", (m) => `{${b},${task}} ${count(m)}`),
          "# EOF\n",
        ].join("\n"),
      );
      const blocks = ["tsdb", "create-blocks-from", "openmetrics", history, join(folder, "data")];
      execFileSync(promtool ?? "promtool", blocks, { stdio: "pipe" });
      const address = await startPrometheus(folder, {});
      const range = { start: String(startSeconds), end: String(startSeconds + 3_540), step: "60" };
      for (const { path } of dashboards) {
        const marks = queriesOf("annotation").filter(({ where }) => where.startsWith(path));
        const find = async (name: string): Promise<Series[]> => {
          const query = marks.find(({ where }) => where.includes(name))?.expr ?? "";
          return ask(address, "query_range", { ...range, query });
        };
        const starts = (await find("Process starts")).flatMap(({ values = [] }) => values);
        expect(new Set(starts.map(([, value]) => Number(value)))).toEqual(
          new Set([(startSeconds - 60) * 1_000, restart * 1_000]),
        );
        const firstMinute = ({ values = [] }: Series): number => ((values[0]?.[0] ?? 0) - startSeconds) / 60;
        const restarts = await find("Restarts without a start time");
        expect(restarts.map(({ metric }) => metric["instance"])).toEqual(["b:1"]);
        expect(restarts.map(firstMinute)).toEqual([30]);
        const versions = await find("Version changes");
        expect(versions.map((series) => [series.metric["version"], firstMinute(series)])).toEqual([
          ["0.1.0", 0],
          ["0.2.0", 30],
        ]);
      }
    });
  },
);

import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { parse, stringify } from "yaml";
import type { History } from "./history.ts";

interface Rule {
  readonly record?: string;
  readonly alert?: string;
  readonly expr: string;
  readonly labels?: Readonly<Record<string, string>>;
}

interface RuleFile {
  readonly groups: readonly { readonly rules: readonly Rule[] }[];
}

export interface RunningPrometheus {
  readonly address: string;
  stop(): Promise<void>;
}

const program = (variable: string, name: string): string => process.env[variable] ?? name;

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function startPrometheus(folder: string): Promise<RunningPrometheus> {
  writeFileSync(join(folder, "prometheus.yml"), "{}");
  const address = `127.0.0.1:${await freePort()}`;
  const child = spawn(
    program("PROMETHEUS", "prometheus"),
    [
      `--config.file=${join(folder, "prometheus.yml")}`,
      `--storage.tsdb.path=${join(folder, "data")}`,
      `--web.listen-address=${address}`,
    ],
    { stdio: "ignore" },
  );
  const end = once(child, "exit");
  const isReady = async (): Promise<boolean> =>
    (await fetch(`http://${address}/-/ready`).catch(() => undefined))?.ok ?? false;
  while (!(await isReady())) {
    if (child.exitCode !== null) throw new Error(`prometheus ended with code ${child.exitCode}`);
    await pause(100);
  }
  return {
    address,
    stop: async () => {
      child.kill("SIGTERM");
      await end;
    },
  };
}

/**
 * The recordings and alerts in steps, each of which reads only what the steps before it have written. Alerts become their own
 * `ALERTS`, at once and not after their `for`.
 */
function stepsOf(rulesPath: string): Rule[][] {
  const { groups } = parse(readFileSync(rulesPath, "utf8")) as RuleFile;
  const rules = groups
    .flatMap((group) => group.rules)
    .map(({ record, alert, expr, labels }): Required<Pick<Rule, "record" | "expr">> & Rule =>
      alert === undefined
        ? { record: record ?? "", expr }
        : {
            record: "ALERTS",
            expr: `(${expr}) * 0 + 1`,
            labels: { ...labels, alertname: alert, alertstate: "firing" },
          },
    );
  const stepOf = (expr: string): number => {
    const read = rules.filter(
      ({ record }) => record !== "ALERTS" && new RegExp(`\\b${record}\\b`).test(expr),
    );
    return read.length === 0 ? 0 : 1 + Math.max(...read.map((rule) => stepOf(rule.expr)));
  };
  const steps: Rule[][] = [];
  for (const rule of rules) (steps[stepOf(rule.expr)] ??= []).push(rule);
  return steps;
}

/** A Prometheus that holds the history, and what the rules would have recorded and fired all along. */
export async function fillPrometheus(
  { text, fromMs, toMs }: History,
  rulesPath: string,
  folder: string,
): Promise<RunningPrometheus> {
  const promtool = (...args: readonly string[]): void => {
    execFileSync(program("PROMTOOL", "promtool"), ["tsdb", "create-blocks-from", ...args], { stdio: "pipe" });
  };
  const data = join(folder, "data");
  const history = join(folder, "history.txt");
  writeFileSync(history, text);
  promtool("openmetrics", history, data);
  const rulesFile = join(folder, "step.rules.yml");
  for (const rules of stepsOf(rulesPath)) {
    const prometheus = await startPrometheus(folder);
    writeFileSync(rulesFile, stringify({ groups: [{ name: "step", interval: "30s", rules }] }));
    promtool(
      "rules",
      `--start=${fromMs / 1_000}`,
      `--end=${toMs / 1_000}`,
      "--eval-interval=30s",
      `--url=http://${prometheus.address}`,
      `--output-dir=${data}`,
      rulesFile,
    );
    await prometheus.stop();
  }
  return startPrometheus(folder);
}

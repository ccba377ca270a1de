import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished, test } from "vitest";
import { stringify } from "yaml";
import { scaleRules } from "../../scripts/scale-rules.ts";
import { startDemo } from "../demo/demo-process.ts";
import { AlertWebhook } from "./alert-webhook.ts";
import { findProgram, programsAreRequired } from "./programs.ts";
import { freePort, runServer } from "./server-program.ts";

/** An hour passes in a minute. */
const FACTOR = 1 / 60;
const SCRAPE_INTERVAL = "500ms";

const prometheus = findProgram("PROMETHEUS", ["prometheus"]);
const alertmanager = findProgram("ALERTMANAGER", ["alertmanager", "prometheus-alertmanager"]);
const missing = prometheus === undefined || alertmanager === undefined;
const hint =
  "prometheus or alertmanager is missing: apt-get install prometheus prometheus-alertmanager, " +
  "or set PROMETHEUS and ALERTMANAGER to their paths";
if (missing && !programsAreRequired) console.warn(`Skipped: ${hint}.`);
const rulesPath = fileURLToPath(new URL("../../alerts/taskscope.rules.yml", import.meta.url));

/** Starts Alertmanager. It tells each of the URLs of every alert, at once. Gives its address. */
async function startAlertmanager(folder: string, webhookUrls: readonly string[]): Promise<string> {
  const route = {
    receiver: "test",
    group_by: ["..."],
    group_wait: "0s",
    group_interval: "200ms",
    repeat_interval: "1h",
  };
  const receiver = { name: "test", webhook_configs: webhookUrls.map((url) => ({ url })) };
  const config = join(folder, "alertmanager.yml");
  await writeFile(config, stringify({ route, receivers: [receiver] }));
  const address = `127.0.0.1:${await freePort()}`;
  const args = [
    `--config.file=${config}`,
    `--storage.path=${join(folder, "alertmanager")}`,
    `--web.listen-address=${address}`,
    "--cluster.listen-address=",
  ];
  await runServer(alertmanager ?? "alertmanager", args, `http://${address}/-/ready`);
  return address;
}

/** Starts Prometheus with the rules that ship, every duration scaled. Gives its address. */
async function startPrometheus(folder: string, target: string, alertmanagerAddress: string): Promise<string> {
  await writeFile(join(folder, "taskscope.rules.yml"), scaleRules(await readFile(rulesPath, "utf8"), FACTOR));
  const config = join(folder, "prometheus.yml");
  const targets = (address: string): object => ({ static_configs: [{ targets: [address] }] });
  await writeFile(
    config,
    stringify({
      global: { scrape_interval: SCRAPE_INTERVAL, evaluation_interval: SCRAPE_INTERVAL },
      rule_files: ["taskscope.rules.yml"],
      alerting: { alertmanagers: [targets(alertmanagerAddress)] },
      scrape_configs: [{ job_name: "demo", ...targets(target) }],
    }),
  );
  const address = `127.0.0.1:${await freePort()}`;
  const args = [
    `--config.file=${config}`,
    `--storage.tsdb.path=${join(folder, "prometheus")}`,
    `--web.listen-address=${address}`,
  ];
  await runServer(prometheus ?? "prometheus", args, `http://${address}/-/ready`);
  return address;
}

async function query(address: string, expression: string): Promise<string | undefined> {
  const response = await fetch(`http://${address}/api/v1/query?query=${encodeURIComponent(expression)}`);
  const body = (await response.json()) as { data: { result: { value: [number, string] }[] } };
  return body.data.result[0]?.value[1];
}

test.skipIf(missing && !programsAreRequired).for([
  { fault: "failures=0.3", alert: "HighTaskFailureRate", taskType: "file-io", silent: "TaskLeakDetected" },
  { fault: "leak=300", alert: "TaskLeakDetected", taskType: "background", silent: "HighTaskFailureRate" },
])(
  `with the fault $fault the alert $alert arrives${missing ? ` (${hint})` : ""}`,
  { timeout: 120_000 },
  async (drill) => {
    const folder = await mkdtemp(join(tmpdir(), "taskscope-alerts-"));
    onTestFinished(() => rm(folder, { recursive: true, force: true }));
    const webhook = await AlertWebhook.listen();
    const demo = startDemo("--rate", "20", "--fault", drill.fault);
    const service = await demo.said("service");
    const alertmanagerAddress = await startAlertmanager(folder, [webhook.url, `${service}/alerts`]);
    const prometheusAddress = await startPrometheus(folder, new URL(service).host, alertmanagerAddress);
    await expect.poll(() => query(prometheusAddress, "up"), { timeout: 20_000, interval: 100 }).toBe("1");

    const { labels, annotations } = await webhook.firing(drill.alert);
    expect(labels).toMatchObject({ job: "demo", task_type: expect.any(String) as string });
    expect(annotations["description"]).toContain("demo");
    await demo.line(new RegExp(`^alert firing: ${drill.alert} `));
    const types = webhook.delivered.filter((alert) => alert.labels["alertname"] === drill.alert);
    expect(types.map((alert) => alert.labels["task_type"])).toContain(drill.taskType);
    expect(webhook.delivered.map((alert) => alert.labels["alertname"])).not.toContain(drill.silent);
    demo.signal("SIGTERM");
    expect((await demo.end).code).toBe(0);
  },
);

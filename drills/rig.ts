import { mkdtemp, readFile, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { stringify } from "yaml";
import { ClosingSteps } from "../examples/demo/closing-steps.ts";
import { scaleQuery, scaleRules } from "../scripts/scale-rules.ts";
import { AlertWebhook } from "./alert-webhook.ts";
import { shippedFile } from "./places.ts";
import type { Programs } from "./programs.ts";
import { ServerProgram, freePort } from "./server-program.ts";

/** An hour passes in a minute. */
const FACTOR = 1 / 60;
const SCRAPE_INTERVAL = "500ms";
const LOOK_EVERY_MS = 200;

const rulesPath = shippedFile("alerts/taskscope.rules.yml");

/** One series of the answer to a query. */
export interface Answer {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: string;
}

/**
 * A real Prometheus with the rules that ship, every duration scaled, a real Alertmanager that tells of each alert at once,
 * and a webhook that hears of it. Jobs come and go while it runs.
 */
export class Rig {
  readonly webhook: AlertWebhook;
  readonly #folder: string;
  readonly #steps: ClosingSteps;
  #prometheusUrl = "";
  #alertmanagerUrl = "";

  private constructor(folder: string, webhook: AlertWebhook, steps: ClosingSteps) {
    this.#folder = folder;
    this.webhook = webhook;
    this.#steps = steps;
  }

  /** Starts both servers and waits until they are ready. Leaves nothing behind if that fails. */
  static async start(programs: Programs, signal?: AbortSignal): Promise<Rig> {
    const steps = new ClosingSteps();
    try {
      const folder = await mkdtemp(join(tmpdir(), "taskscope-drill-"));
      steps.add("folder", () => rm(folder, { recursive: true, force: true }));
      const webhook = await AlertWebhook.listen();
      steps.add("webhook", () => webhook.close());
      const rig = new Rig(folder, webhook, steps);
      rig.#alertmanagerUrl = await rig.#startAlertmanager(programs.alertmanager, signal);
      rig.#prometheusUrl = await rig.#startPrometheus(programs.prometheus, signal);
      return rig;
    } catch (error) {
      await steps.close(() => undefined);
      throw error;
    }
  }

  get prometheusUrl(): string {
    return this.#prometheusUrl;
  }

  get alertmanagerUrl(): string {
    return this.#alertmanagerUrl;
  }

  /** Has the address scraped as the only target of a job, and waits until task metrics come from there. */
  async addJob(job: string, address: string, signal: AbortSignal): Promise<void> {
    // Renamed into place, so that Prometheus never reads half a file.
    const written = join(this.#folder, `${job}.new`);
    await writeFile(written, JSON.stringify([{ targets: [address], labels: { job } }]));
    await rename(written, this.#targetsOf(job));
    const isScraped = `up{job="${job}"} == 1 and on (job) taskscope_build_info`;
    while ((await this.query(isScraped)).length === 0) await delay(LOOK_EVERY_MS, undefined, { signal });
  }

  async removeJob(job: string): Promise<void> {
    await rm(this.#targetsOf(job), { force: true });
  }

  /** What Prometheus answers to an expression as the runbooks have it: its durations are scaled as those of the rules. */
  async query(expression: string): Promise<Answer[]> {
    const query = new URLSearchParams({ query: scaleQuery(expression, FACTOR) });
    const response = await fetch(`${this.#prometheusUrl}/api/v1/query?${query.toString()}`);
    const body = (await response.json()) as {
      data?: { result: { metric: Record<string, string>; value: [number, string] }[] };
      error?: string;
    };
    if (body.data === undefined)
      throw new Error(`Prometheus refuses ${expression}: ${body.error ?? "no word"}`);
    return body.data.result.map(({ metric, value }) => ({ labels: metric, value: value[1] }));
  }

  /** Ends the servers and removes what they wrote. */
  async close(): Promise<void> {
    await this.#steps.close(() => undefined);
  }

  #targetsOf(job: string): string {
    return join(this.#folder, `${job}.targets.json`);
  }

  async #startAlertmanager(program: string, signal?: AbortSignal): Promise<string> {
    const route = {
      receiver: "drill",
      group_by: ["..."],
      group_wait: "0s",
      group_interval: "200ms",
      repeat_interval: "1h",
    };
    const receiver = { name: "drill", webhook_configs: [{ url: this.webhook.url }] };
    const config = join(this.#folder, "alertmanager.yml");
    await writeFile(config, stringify({ route, receivers: [receiver] }));
    const address = `127.0.0.1:${await freePort()}`;
    const server = new ServerProgram(program, [
      `--config.file=${config}`,
      `--storage.path=${join(this.#folder, "alertmanager")}`,
      `--web.listen-address=${address}`,
      "--cluster.listen-address=",
    ]);
    this.#steps.add("Alertmanager", () => server.close());
    await server.ready(`http://${address}/-/ready`, signal);
    return `http://${address}`;
  }

  async #startPrometheus(program: string, signal?: AbortSignal): Promise<string> {
    const rules = scaleRules(await readFile(rulesPath, "utf8"), FACTOR);
    await writeFile(join(this.#folder, "taskscope.rules.yml"), rules);
    const config = join(this.#folder, "prometheus.yml");
    const alertmanager = new URL(this.#alertmanagerUrl).host;
    await writeFile(
      config,
      stringify({
        global: { scrape_interval: SCRAPE_INTERVAL, evaluation_interval: SCRAPE_INTERVAL },
        rule_files: ["taskscope.rules.yml"],
        alerting: { alertmanagers: [{ static_configs: [{ targets: [alertmanager] }] }] },
        scrape_configs: [{ job_name: "demo", file_sd_configs: [{ files: ["*.targets.json"] }] }],
      }),
    );
    const address = `127.0.0.1:${await freePort()}`;
    const server = new ServerProgram(program, [
      `--config.file=${config}`,
      `--storage.tsdb.path=${join(this.#folder, "prometheus")}`,
      `--web.listen-address=${address}`,
    ]);
    this.#steps.add("Prometheus", () => server.close());
    await server.ready(`http://${address}/-/ready`, signal);
    return `http://${address}`;
  }
}

import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createTracker } from "taskscope";
import { healthRules } from "taskscope/health";
import { ManualClock } from "taskscope/testing";
import { expect, onTestFinished, test } from "vitest";
import { AlertWebhook } from "../../drills/alert-webhook.ts";
import { findProgram } from "../../drills/programs.ts";
import { freePort } from "../../drills/server-program.ts";
import { programsAreRequired } from "./programs-are-required.ts";
import { runServer } from "./run-server.ts";

const alertmanager = findProgram("ALERTMANAGER", ["alertmanager", "prometheus-alertmanager"]);
const hint =
  "alertmanager is missing: apt-get install prometheus-alertmanager, or set ALERTMANAGER to its path";
if (alertmanager === undefined && !programsAreRequired) console.warn(`Skipped: ${hint}.`);

test.skipIf(alertmanager === undefined && !programsAreRequired)(
  "an alert of the rules in process goes through a real Alertmanager, and ends there",
  async () => {
    const folder = await mkdtemp(join(tmpdir(), "taskscope-"));
    onTestFinished(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }));
    const webhook = await AlertWebhook.listen();
    onTestFinished(() => webhook.close());
    const config = join(folder, "alertmanager.yml");
    const route = {
      receiver: "test",
      group_by: ["..."],
      group_wait: "0s",
      group_interval: "200ms",
      repeat_interval: "1h",
    };
    const receivers = [{ name: "test", webhook_configs: [{ url: webhook.url, send_resolved: true }] }];
    // JSON is YAML.
    await writeFile(config, JSON.stringify({ route, receivers }));
    const url = `http://127.0.0.1:${await freePort()}`;
    const args = [
      `--config.file=${config}`,
      `--storage.path=${join(folder, "data")}`,
      `--web.listen-address=${new URL(url).host}`,
      "--cluster.listen-address=",
    ];
    await runServer(alertmanager ?? "alertmanager", args, `${url}/-/ready`);

    // Alertmanager goes by the real time; the minutes of the rule are moved by hand, from as long ago.
    const clock = new ManualClock({ epochMs: Date.now() - 6.5 * 60_000 });
    const health = healthRules({ alertmanager: { url }, labels: { job: "shop" } });
    const tasks = createTracker({ clock, plugins: [health] });
    onTestFinished(async () => void (await tasks.shutdown({ drainMs: 0, graceMs: 0 })));
    const late = tasks.open({ name: "late", type: "database", expectedMs: 1_000 });
    late.start();
    await clock.advance(6 * 60_000);
    const { labels, annotations } = await webhook.arrival(
      { alertname: "TaskStuck" },
      AbortSignal.timeout(60_000),
    );
    expect(labels).toEqual({
      alertname: "TaskStuck",
      job: "shop",
      severity: "warning",
      task_type: "database",
    });
    expect(annotations["description"]).toBe("Type database: 1 tasks older than expected (threshold 0).");
    const listed = (await (await fetch(`${url}/api/v2/alerts`)).json()) as { status: { state: string } }[];
    expect(listed.map(({ status }) => status.state)).toEqual(["active"]);

    late.complete(undefined);
    await clock.advance(15_000);
    const states = (): string[] => webhook.delivered.map(({ status }) => status);
    await expect.poll(states, { timeout: 240_000, interval: 100 }).toContain("resolved");
  },
);

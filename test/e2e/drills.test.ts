import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { stringify } from "yaml";
import { drillList } from "../../drills/drill-list.ts";
import { findPrograms } from "../../drills/programs.ts";
import { Rig } from "../../drills/rig.ts";
import type { DrillResult } from "../../drills/run-drill.ts";
import { runDrills } from "../../drills/run-drills.ts";
import { freePort } from "../../drills/server-program.ts";
import { startDemo } from "../demo/start-demo.ts";
import { programsAreRequired } from "./programs-are-required.ts";
import { runServer } from "./run-server.ts";

const programs = findPrograms();
if (typeof programs === "string" && programsAreRequired) throw new Error(programs);
if (typeof programs === "string") console.warn(`Skipped: ${programs}.`);

describe.skipIf(typeof programs === "string")("every drill, on real servers", () => {
  const stopping = new AbortController();
  const lines: string[] = [];
  let results: readonly DrillResult[] = [];
  let rig: Rig | undefined;

  beforeAll(async () => {
    if (typeof programs === "string") return;
    const { signal } = stopping;
    rig = await Rig.start(programs, signal);
    results = await runDrills(drillList, { rig, say: (line) => void lines.push(line), signal }, 4);
  }, 600_000);

  afterAll(async () => {
    stopping.abort(new Error("the tests are over"));
    await rig?.close();
  });

  test.for(drillList)("$name: $alert arrives, names its place, and resolves", (drill) => {
    const { name, alert, labels, silent } = drill;
    const result = results.find((one) => one.drill === name);
    const story = lines.filter((line) => line.startsWith(`${name}: `)).join("\n");
    expect(result, story).toMatchObject({ alert, ok: true });
    expect(result?.notice?.labels).toMatchObject({ ...labels, alertname: alert, job: name });
    expect(result?.notice?.annotations["description"]).toContain(name);
    expect(result?.others).not.toContain(silent);
    expect(result?.arrivedAfterSeconds).toBeGreaterThan(0);
    expect(result?.resolvedAfterSeconds).toBeGreaterThan(0);
    expect(story).toContain(`${name}: runbook: alerts/runbooks/${alert}.md`);
    // What the first query of the runbook shows while the alert fires.
    expect(story).toMatch(new RegExp(`^${name}:  .*job=${name}.*: [\\d.]`, "m"));
  });
});

test.skipIf(typeof programs === "string")(
  "the demo shows an alert as Alertmanager posts it",
  { timeout: 240_000 },
  async () => {
    if (typeof programs === "string") return;
    const folder = await mkdtemp(join(tmpdir(), "taskscope-alerts-"));
    onTestFinished(() => rm(folder, { recursive: true, force: true }));
    const demo = startDemo("--rate", "1");
    const receiver = { name: "demo", webhook_configs: [{ url: `${await demo.said("service")}/alerts` }] };
    const config = join(folder, "alertmanager.yml");
    await writeFile(
      config,
      stringify({ route: { receiver: "demo", group_wait: "0s" }, receivers: [receiver] }),
    );
    const address = `127.0.0.1:${await freePort()}`;
    const storage = `--storage.path=${join(folder, "data")}`;
    const args = [`--config.file=${config}`, storage, `--web.listen-address=${address}`];
    await runServer(
      programs.alertmanager,
      [...args, "--cluster.listen-address="],
      `http://${address}/-/ready`,
    );
    const labels = { alertname: "TaskStuck", severity: "warning", task_type: "mirror" };
    const posted = await fetch(`http://${address}/api/v2/alerts`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify([{ labels, annotations: { summary: "Tasks are stuck" } }]),
    });
    expect(posted.status).toBe(200);
    await demo.line(/^alert firing: TaskStuck \(warning, task_type=mirror\) Tasks are stuck$/);
    demo.signal("SIGTERM");
    expect((await demo.end).code).toBe(0);
  },
);

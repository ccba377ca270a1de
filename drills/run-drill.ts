import { readFile } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import type { DeliveredAlert } from "./alert-webhook.ts";
import type { Drill } from "./drill.ts";
import { DrillError } from "./drill-error.ts";
import { DrilledDemo } from "./drilled-demo.ts";
import { shippedFile } from "./places.ts";
import type { Answer, Rig } from "./rig.ts";

/** How long a step may take on a machine that is busy with other things. */
const STEP_WITHIN_MS = 180_000;
const SHOWN_ANSWERS = 3;
const LOOK_EVERY_MS = 200;

/** How a drill went. */
export interface DrillResult {
  readonly drill: string;
  readonly alert: string;
  /** Whether the alert arrived, resolved, and nothing was mistaken for it. */
  readonly ok: boolean;
  /** From the cause to the webhook; `undefined` when it did not get that far. */
  readonly arrivedAfterSeconds?: number;
  /** From the end of the cause to the webhook. */
  readonly resolvedAfterSeconds?: number;
  /** The first notice that came, as Alertmanager posted it. */
  readonly notice?: DeliveredAlert;
  /** Other alerts of the demo that fired meanwhile. */
  readonly others: readonly string[];
  /** Why it is not ok. */
  readonly trouble?: string;
}

export interface DrillRun {
  readonly rig: Rig;
  readonly say: (line: string) => void;
  /** Ends the drill at once; its promise is then rejected with the reason. */
  readonly signal: AbortSignal;
}

interface Shown {
  readonly id: number;
  readonly title: string;
  readonly panels?: readonly Shown[];
}

/** The dashboard and the panel that an alert leads to, by their titles. */
async function placeOf(dashboardUrl: string): Promise<string> {
  const [, name = "", id = ""] = /\/taskscope-([\w-]+)\?viewPanel=(\d+)/.exec(dashboardUrl) ?? [];
  const { title, panels } = JSON.parse(await readFile(shippedFile(`dashboards/${name}.json`), "utf8")) as {
    readonly title: string;
    readonly panels: readonly Shown[];
  };
  const panel = panels
    .flatMap((each) => [each, ...(each.panels ?? [])])
    .find((each) => String(each.id) === id);
  if (panel === undefined)
    throw new DrillError(`the alert leads to a panel that is not there: ${dashboardUrl}`);
  return `${title}, "${panel.title}"`;
}

/** The first query under "Quick checks" of a runbook. */
async function firstQuery(alert: string): Promise<string> {
  const path = shippedFile(`alerts/runbooks/${alert}.md`);
  const [, query] = /```promql\n(.*?)\n```/s.exec(await readFile(path, "utf8")) ?? [];
  if (query === undefined) throw new DrillError(`the runbook of ${alert} has no query`);
  return query;
}

function answerLine({ labels, value }: Answer): string {
  const shown = Object.entries(labels).filter(([name]) => name !== "__name__");
  return `${shown.map(([name, label]) => `${name}=${label}`).join(" ")}: ${value}`;
}

/** One drill from the cause to the end of its alert. */
class Course {
  readonly #drill: Drill;
  readonly #run: DrillRun;
  readonly #found: { -readonly [Key in keyof DrillResult]?: DrillResult[Key] } = {};

  constructor(drill: Drill, run: DrillRun) {
    this.#drill = drill;
    this.#run = run;
  }

  async go(): Promise<DrillResult> {
    const { name, alert, silent } = this.#drill;
    try {
      await this.#onDemo();
    } catch (error) {
      this.#run.signal.throwIfAborted();
      this.#found.trouble = error instanceof Error ? error.message : String(error);
    }
    const delivered = this.#run.rig.webhook.delivered.filter(({ labels }) => labels["job"] === name);
    const others = [...new Set(delivered.map(({ labels }) => labels["alertname"] ?? ""))]
      .filter((other) => other !== alert)
      .sort();
    if (silent !== undefined && others.includes(silent)) this.#found.trouble ??= `${silent} fired too`;
    const result = {
      drill: name,
      alert,
      ok: this.#found.trouble === undefined,
      others,
      ...this.#found,
    };
    this.#say(result.ok ? "ok" : `FAILED: ${result.trouble ?? ""}`);
    return result;
  }

  async #onDemo(): Promise<void> {
    const { rig, signal } = this.#run;
    const { name, fault } = this.#drill;
    const demo = await DrilledDemo.start(fault, signal);
    try {
      await this.#within("was not scraped", (bound) => rig.addJob(name, demo.address, bound));
      await this.#causeAndClear(demo);
      const complaint = await demo.shutDown();
      if (complaint !== undefined) throw new DrillError(complaint);
    } finally {
      await demo.kill();
      await rig.removeJob(name);
    }
  }

  async #causeAndClear(demo: DrilledDemo): Promise<void> {
    const { webhook } = this.#run.rig;
    const { name, alert, cause, labels } = this.#drill;
    const awaited = { ...labels, alertname: alert, job: name };
    if (webhook.firing(awaited).length > 0)
      throw new DrillError(`${alert} fired before there was a reason to`);
    this.#say(`cause: ${cause}`);
    const causedMs = performance.now();
    await demo.begin();
    const notice = await this.#within(`${alert} did not arrive`, (bound) => webhook.arrival(awaited, bound));
    this.#found.notice = notice;
    this.#found.arrivedAfterSeconds = secondsSince(causedMs);
    this.#say(
      `${alert} arrived after ${this.#found.arrivedAfterSeconds} s: ${notice.annotations["description"]}`,
    );
    await this.#show(notice);
    const clearedMs = performance.now();
    await demo.clear(this.#run.signal);
    this.#say("cleared");
    await this.#within(`${alert} did not resolve`, (bound) =>
      webhook.resolution({ alertname: alert, job: name }, bound),
    );
    this.#found.resolvedAfterSeconds = secondsSince(clearedMs);
    this.#say(`${alert} resolved after ${this.#found.resolvedAfterSeconds} s`);
  }

  /** Says where to look, and what is to be seen there now. */
  async #show(notice: DeliveredAlert): Promise<void> {
    const { alert } = this.#drill;
    const url = notice.annotations["dashboard_url"] ?? "";
    const query = await firstQuery(alert);
    const answers = await this.#within("the runbook's first query finds nothing", (bound) =>
      this.#answersTo(query, bound),
    );
    this.#say(`panel: ${await placeOf(url)}: ${url}`);
    this.#say(`runbook: alerts/runbooks/${alert}.md`);
    this.#say(`query: ${query.replaceAll(/\s+/g, " ")}`);
    for (const answer of answers.slice(0, SHOWN_ANSWERS)) this.#say(`  ${answerLine(answer)}`);
  }

  /** Those of the drill, the largest first. A scrape that a busy machine misses leaves a moment without any. */
  async #answersTo(query: string, bound: AbortSignal): Promise<Answer[]> {
    for (;;) {
      const answers = await this.#run.rig.query(query);
      const own = answers.filter(({ labels }) => labels["job"] === this.#drill.name);
      if (own.length > 0) return own.toSorted((a, b) => Number(b.value) - Number(a.value));
      await delay(LOOK_EVERY_MS, undefined, { signal: bound });
    }
  }

  async #within<T>(trouble: string, step: (bound: AbortSignal) => Promise<T>): Promise<T> {
    const bound = AbortSignal.timeout(STEP_WITHIN_MS);
    try {
      return await step(AbortSignal.any([this.#run.signal, bound]));
    } catch (error) {
      if (!bound.aborted) throw error;
      throw new DrillError(`${trouble} within ${STEP_WITHIN_MS / 1_000} s`);
    }
  }

  #say(line: string): void {
    this.#run.say(`${this.#drill.name}: ${line}`);
  }
}

function secondsSince(startMs: number): number {
  return Math.round((performance.now() - startMs) / 100) / 10;
}

/**
 * Starts a demo, causes the failure, waits until its alert has come to the webhook, shows where to look, clears the
 * cause and waits until the alert has resolved. Rejects only when the signal of the run is aborted.
 */
export async function runDrill(drill: Drill, run: DrillRun): Promise<DrillResult> {
  return new Course(drill, run).go();
}

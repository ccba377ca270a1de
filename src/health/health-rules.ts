import type { Clock, ClockTimer, Diag } from "../internal/index.ts";
import { mergeSnapshots } from "../plugin/index.ts";
import type { Plugin, PluginContext, Teardown } from "../plugin/index.ts";
import { alertmanagerPayload, webhookPayload } from "./alert-payloads.ts";
import { AlertBook } from "./alert-book.ts";
import type { AlertChange, HealthAlert } from "./alert-book.ts";
import { Delivery } from "./delivery.ts";
import { readHealthOptions } from "./health-options.ts";
import type { HealthOptions, ResolvedHealthOptions } from "./health-options.ts";
import { History } from "./history.ts";
import type { Finding, HealthRule } from "./rule.ts";
import { healthRuleTable } from "./rules.ts";
import { takeSample } from "./sample.ts";

/** How things stand. */
export interface HealthReport {
  /** `failing`: something critical is firing; `degraded`: something else is. */
  readonly status: "ok" | "degraded" | "failing";
  /** How many rules are looked at. */
  readonly rules: number;
  /** What holds, pending and firing. */
  readonly alerts: readonly HealthAlert[];
}

/** The plugin that {@link healthRules} makes. */
export interface HealthRules extends Plugin {
  /** How things stood at the last look. A pure read. */
  report(): HealthReport;
}

/** How often an Alertmanager is told what fires, and for how long it believes that. */
const REPEAT_MS = 60_000;
const LIFE_MS = 4 * REPEAT_MS;

/**
 * Looks at a tracker with the alert rules of `alerts/`, inside the process: same names, thresholds and durations. For those
 * without Prometheus, and for a process that wants to know by itself how it is. With several trackers, at their sum.
 *
 * It looks every 15 seconds (`everyMs`), at numbers that are there anyway, and keeps those of the last 90 minutes, for 100
 * types at the most; it asks nothing of a task. Its timer keeps no process running. Throws an `InvalidOptionError` for a bad
 * option.
 *
 * ```ts
 * const health = healthRules({ onChange: ({ kind, alert }) => logger.warn({ alert }, kind) });
 * const tasks = createTracker({ plugins: [health] });
 * health.report().status; // "ok"
 * ```
 */
export function healthRules(options?: HealthOptions): HealthRules {
  return new InProcessRules(readHealthOptions(options));
}

class InProcessRules implements HealthRules {
  readonly name = "health-rules";
  readonly #options: ResolvedHealthOptions;
  readonly #contexts = new Set<PluginContext>();
  #watch: Watch | undefined;

  constructor(options: ResolvedHealthOptions) {
    this.#options = options;
  }

  setup(context: PluginContext): Teardown {
    this.#contexts.add(context);
    this.#watch ??= new Watch(this.#options, this.#contexts, context);
    return async () => {
      this.#contexts.delete(context);
      if (this.#contexts.size > 0) return;
      const watch = this.#watch;
      this.#watch = undefined;
      await watch?.close();
    };
  }

  report(): HealthReport {
    const alerts = this.#watch?.alerts ?? [];
    const firing = alerts.filter(({ state }) => state === "firing");
    const status = firing.some(({ severity }) => severity === "critical")
      ? "failing"
      : firing.some(({ severity }) => severity === "warning")
        ? "degraded"
        : "ok";
    return { status, rules: healthRuleTable.length, alerts };
  }
}

/** The looks at trackers, from the first that comes to the last that goes. */
class Watch {
  readonly #options: ResolvedHealthOptions;
  readonly #contexts: ReadonlySet<PluginContext>;
  readonly #clock: Clock;
  readonly #diag: Diag;
  readonly #history = new History();
  readonly #book = new AlertBook();
  readonly #webhook: Delivery | undefined;
  readonly #alertmanager: Delivery | undefined;
  #timer: ClockTimer;
  #toldAtMs = Number.NEGATIVE_INFINITY;
  #hasFailed = false;
  #resolved: AlertChange[] = [];

  constructor(
    options: ResolvedHealthOptions,
    contexts: ReadonlySet<PluginContext>,
    { clock, diag }: Pick<PluginContext, "clock" | "diag">,
  ) {
    this.#options = options;
    this.#contexts = contexts;
    this.#clock = clock;
    this.#diag = diag;
    this.#webhook = options.webhook && new Delivery(options.webhook, clock, diag);
    this.#alertmanager = options.alertmanager && new Delivery(options.alertmanager, clock, diag);
    // What increases are counted from.
    this.#look();
    this.#timer = this.#arm();
  }

  get alerts(): HealthAlert[] {
    return this.#book.alerts;
  }

  async close(): Promise<void> {
    this.#timer.cancel();
    await Promise.all([this.#webhook?.close(), this.#alertmanager?.close()]);
  }

  #arm(): ClockTimer {
    return this.#clock.setTimer(
      () => {
        this.#timer = this.#arm();
        this.#look();
      },
      this.#options.everyMs,
      false,
    );
  }

  #look(): void {
    try {
      const now = { atMs: this.#clock.now(), epochMs: this.#clock.epochMs() };
      const snapshot = mergeSnapshots(Array.from(this.#contexts, (context) => context.stats()));
      this.#history.add(takeSample(snapshot, now));
      const changes = this.#judge(now);
      for (const change of changes) this.#announce(change);
      this.#send(changes, now);
      this.#hasFailed = false;
    } catch (error) {
      if (!this.#hasFailed) this.#diag.warn("healthRules() could not look at a tracker", error);
      this.#hasFailed = true;
    }
  }

  #judge(now: { readonly atMs: number; readonly epochMs: number }): AlertChange[] {
    const { thresholds, longLivedTypes } = this.#options;
    const types = [...(this.#history.latest?.types.keys() ?? [])];
    const settlingTypes = types.filter((type) => !longLivedTypes.has(type));
    const input = { history: this.#history, thresholds, types, settlingTypes };
    return healthRuleTable.flatMap((rule) =>
      this.#book.update(rule, rule.find(input), now, (finding) => this.#describe(rule, finding)),
    );
  }

  #describe(
    rule: HealthRule,
    { labels, value }: Finding,
  ): Pick<HealthAlert, "threshold" | "description" | "runbookUrl"> {
    const threshold = rule.threshold === 0 ? 0 : this.#options.thresholds[rule.threshold];
    const { task_type: type } = labels;
    const shown = Number(value.toPrecision(4));
    return {
      threshold,
      description: `${type === undefined ? "This process" : `Type ${type}`}: ${shown} ${rule.unit} (threshold ${threshold}).`,
      runbookUrl: `${this.#options.runbooksUrl}/${rule.name}.md`,
    };
  }

  #announce(change: AlertChange): void {
    try {
      this.#options.onChange?.(change);
    } catch (error) {
      this.#diag.warn("onChange of healthRules() threw; the rules go on", error);
    }
  }

  #send(
    changes: readonly AlertChange[],
    { atMs, epochMs }: { readonly atMs: number; readonly epochMs: number },
  ): void {
    const { labels } = this.#options;
    for (const name of new Set(changes.map(({ alert }) => alert.name))) {
      const [first, ...rest] = changes.filter(({ alert }) => alert.name === name);
      if (first !== undefined) this.#webhook?.send(webhookPayload([first, ...rest], labels));
    }
    if (this.#alertmanager === undefined) return;
    const firing = this.alerts.filter(({ state }) => state === "firing");
    const fires = new Set(firing.map(identityOf));
    // Told more than once, as Prometheus does: a clock that is ahead of Alertmanager's makes an end of now one to come.
    this.#resolved = [...this.#resolved, ...changes.filter(({ kind }) => kind === "resolved")].filter(
      (change) => epochMs - change.atMs < LIFE_MS && !fires.has(identityOf(change.alert)),
    );
    const isQuiet = firing.length === 0 && this.#resolved.length === 0;
    if (changes.length === 0 && (isQuiet || atMs - this.#toldAtMs < REPEAT_MS)) return;
    this.#toldAtMs = atMs;
    this.#alertmanager.send(
      alertmanagerPayload(firing, this.#resolved, labels, { nowMs: epochMs, lifeMs: LIFE_MS }),
    );
  }
}

function identityOf({ name, labels }: HealthAlert): string {
  return JSON.stringify([name, ...Object.entries(labels).flat()]);
}

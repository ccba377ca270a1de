import type { AlertSeverity, Finding, HealthRule } from "./rule.ts";

/** A rule that holds for some tasks, as of the last look. */
export interface HealthAlert {
  readonly name: string;
  readonly severity: AlertSeverity;
  /** `pending` until it has held for as long as the rule wants. */
  readonly state: "pending" | "firing";
  /** Which tasks: `task_type`, and `scope` or `loss` where a rule has several. */
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
  readonly threshold: number;
  readonly summary: string;
  readonly description: string;
  /** Since when it holds, in epoch milliseconds. */
  readonly activeAtMs: number;
  /** Since when it fires, in epoch milliseconds. */
  readonly firingAtMs: number | undefined;
  readonly runbookUrl: string;
}

/** What became of an alert. */
export interface AlertChange {
  readonly kind: "firing" | "resolved";
  readonly atMs: number;
  readonly alert: HealthAlert;
}

/** When, by both clocks. */
export interface Instant {
  /** A reading of the monotonic clock. */
  readonly atMs: number;
  readonly epochMs: number;
}

interface Entry {
  alert: HealthAlert;
  readonly since: number;
  /** Since when a firing one does not hold any more. */
  quietSince: number | undefined;
}

/** Carries the findings of one look to the next: what was found for long enough fires, as with Prometheus' `for`. */
export class AlertBook {
  readonly #entries = new Map<string, Entry>();

  get alerts(): HealthAlert[] {
    return Array.from(this.#entries.values(), ({ alert }) => alert);
  }

  /** Takes what one rule has found, `describe`d. Gives what changed. */
  update(
    rule: HealthRule,
    findings: readonly Finding[],
    now: Instant,
    describe: (finding: Finding) => Pick<HealthAlert, "threshold" | "description" | "runbookUrl">,
  ): AlertChange[] {
    const changes: AlertChange[] = [];
    const held = new Set<string>();
    for (const finding of findings) {
      const key = keyOf(rule, finding.labels);
      held.add(key);
      const entry = this.#entries.get(key) ?? this.#begin(key, rule, finding, now);
      entry.quietSince = undefined;
      entry.alert = { ...entry.alert, value: finding.value, ...describe(finding) };
      if (entry.alert.state === "firing" || now.atMs - entry.since < rule.forMs) continue;
      entry.alert = { ...entry.alert, state: "firing", firingAtMs: now.epochMs };
      changes.push({ kind: "firing", atMs: now.epochMs, alert: entry.alert });
    }
    for (const [key, entry] of this.#entries) {
      if (held.has(key) || keyOf(rule, entry.alert.labels) !== key) continue;
      if (entry.alert.state === "firing") {
        entry.quietSince ??= now.atMs;
        if (now.atMs - entry.quietSince < rule.keepFiringMs) continue;
        changes.push({ kind: "resolved", atMs: now.epochMs, alert: entry.alert });
      }
      this.#entries.delete(key);
    }
    return changes;
  }

  #begin(key: string, rule: HealthRule, { labels, value }: Finding, now: Instant): Entry {
    const entry: Entry = {
      since: now.atMs,
      quietSince: undefined,
      alert: {
        name: rule.name,
        severity: rule.severity,
        state: "pending",
        labels,
        value,
        threshold: 0,
        summary: rule.summary,
        description: "",
        activeAtMs: now.epochMs,
        firingAtMs: undefined,
        runbookUrl: "",
      },
    };
    this.#entries.set(key, entry);
    return entry;
  }
}

function keyOf({ name, summary }: HealthRule, labels: Readonly<Record<string, string>>): string {
  // Two rules may have one name; their summaries differ.
  return JSON.stringify([name, summary, ...Object.entries(labels).flat()]);
}

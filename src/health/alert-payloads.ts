import { createHash } from "node:crypto";
import type { AlertChange, HealthAlert } from "./alert-book.ts";

/** The labels an alert goes out with: its own, its name and severity, and those that tell this process from others. */
function labelsOf(alert: HealthAlert, outside: Readonly<Record<string, string>>): Record<string, string> {
  return { ...outside, ...alert.labels, alertname: alert.name, severity: alert.severity };
}

function annotationsOf({ summary, description, runbookUrl }: HealthAlert): Record<string, string> {
  return { summary, description, runbook_url: runbookUrl };
}

const iso = (epochMs: number): string => new Date(epochMs).toISOString();
const never = "0001-01-01T00:00:00Z";

/** The changes of one alert as Alertmanager's webhook, version 4, tells them. */
export function webhookPayload(
  changes: readonly [AlertChange, ...AlertChange[]],
  outside: Readonly<Record<string, string>>,
): object {
  const alerts = changes.map(({ kind, atMs, alert }) => {
    const labels = labelsOf(alert, outside);
    return {
      status: kind,
      labels,
      annotations: annotationsOf(alert),
      startsAt: iso(alert.firingAtMs ?? atMs),
      endsAt: kind === "resolved" ? iso(atMs) : never,
      generatorURL: "",
      fingerprint: createHash("sha256")
        .update(JSON.stringify(Object.entries(labels)))
        .digest("hex")
        .slice(0, 16),
    };
  });
  const [{ alert }] = changes;
  return {
    version: "4",
    groupKey: `{}:{alertname=${JSON.stringify(alert.name)}}`,
    truncatedAlerts: 0,
    status: alerts.some(({ status }) => status === "firing") ? "firing" : "resolved",
    receiver: "taskscope",
    groupLabels: { alertname: alert.name },
    commonLabels: inCommon(alerts.map(({ labels }) => labels)),
    commonAnnotations: inCommon(alerts.map(({ annotations }) => annotations)),
    externalURL: "",
    alerts,
  };
}

function inCommon(all: readonly Record<string, string>[]): Record<string, string> {
  const [first = {}, ...rest] = all;
  return Object.fromEntries(
    Object.entries(first).filter(([name, value]) => rest.every((each) => each[name] === value)),
  );
}

/** Alerts as `POST /api/v2/alerts` of Alertmanager takes them. A firing one ends by itself when it is not sent again in time. */
export function alertmanagerPayload(
  firing: readonly HealthAlert[],
  resolved: readonly AlertChange[],
  outside: Readonly<Record<string, string>>,
  { nowMs, lifeMs }: { readonly nowMs: number; readonly lifeMs: number },
): object[] {
  const entry = (alert: HealthAlert, endsAtMs: number): object => ({
    labels: labelsOf(alert, outside),
    annotations: annotationsOf(alert),
    startsAt: iso(alert.firingAtMs ?? nowMs),
    endsAt: iso(endsAtMs),
  });
  return [
    ...firing.map((alert) => entry(alert, nowMs + lifeMs)),
    ...resolved.map(({ alert, atMs }) => entry(alert, atMs)),
  ];
}

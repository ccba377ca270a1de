import { stripVTControlCharacters } from "node:util";

/** One alert as the demo keeps it. */
export interface ReceivedAlert {
  readonly status: "firing" | "resolved";
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly summary: string;
  readonly startsAt: string;
  readonly receivedAt: string;
}

const MAX_ALERTS = 100;
const MAX_TEXT = 300;

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Text from outside, fit for a terminal: one line, no control characters, not too long. */
function plainText(value: unknown): string {
  if (typeof value !== "string") return "";
  return stripVTControlCharacters(value.slice(0, MAX_TEXT))
    .replaceAll(/[\p{Cc}\p{Cf}\u2028\u2029]+/gu, " ")
    .trim();
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}

function readLabels(value: unknown): Record<string, string> {
  const labels = Object.create(null) as Record<string, string>;
  if (!isObject(value)) return labels;
  for (const [key, label] of Object.entries(value).slice(0, 32)) labels[plainText(key)] = plainText(label);
  return labels;
}

function readAlert(value: unknown, receivedAt: string): ReceivedAlert | undefined {
  if (!isObject(value)) return undefined;
  const labels = readLabels(value["labels"]);
  const annotations = isObject(value["annotations"]) ? value["annotations"] : {};
  return {
    status: value["status"] === "resolved" ? "resolved" : "firing",
    name: labels["alertname"] ?? "unnamed",
    labels,
    summary: plainText(annotations["summary"]),
    startsAt: plainText(value["startsAt"]),
    receivedAt,
  };
}

/** One line about an alert. */
export function alertLine(alert: ReceivedAlert): string {
  const where = Object.entries(alert.labels)
    .filter(([key]) => key !== "alertname" && key !== "severity")
    .map(([key, value]) => `${key}=${value}`);
  const severity = alert.labels["severity"] ?? "no severity";
  return `alert ${alert.status}: ${alert.name} (${[severity, ...where].join(", ")}) ${alert.summary}`.trimEnd();
}

/** Keeps the last alerts that Alertmanager sent. One that it sends again takes the place of the earlier notice. */
export class AlertInbox {
  readonly #alerts = new Map<string, ReceivedAlert>();
  #unread: ReceivedAlert[] = [];

  /** Oldest first. */
  get all(): readonly ReceivedAlert[] {
    return [...this.#alerts.values()];
  }

  /** Takes the body of an Alertmanager webhook. Gives how many alerts it held; `undefined` when it is no such body. */
  receive(body: unknown): number | undefined {
    if (!isObject(body) || !Array.isArray(body["alerts"])) return undefined;
    const receivedAt = new Date().toISOString();
    let received = 0;
    for (const given of body["alerts"].slice(0, MAX_ALERTS) as readonly unknown[]) {
      const alert = readAlert(given, receivedAt);
      if (alert === undefined) continue;
      received += 1;
      this.#keep(alert);
    }
    return received;
  }

  /** What has come, or has changed its state, since the last call. */
  takeUnread(): readonly ReceivedAlert[] {
    const unread = this.#unread;
    this.#unread = [];
    return unread;
  }

  #keep(alert: ReceivedAlert): void {
    const key = JSON.stringify([alert.startsAt, Object.entries(alert.labels).map(String).sort(compareText)]);
    if (this.#alerts.get(key)?.status !== alert.status)
      this.#unread = [...this.#unread, alert].slice(-MAX_ALERTS);
    this.#alerts.delete(key);
    this.#alerts.set(key, alert);
    for (const oldest of this.#alerts.keys()) {
      if (this.#alerts.size <= MAX_ALERTS) break;
      this.#alerts.delete(oldest);
    }
  }
}

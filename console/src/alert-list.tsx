import type { JSX } from "preact";
import type { Alert } from "./api-types.ts";
import { formatMs } from "./format.ts";
import { alerts, serverNow } from "./numbers.ts";

const order = { critical: 0, warning: 1, info: 2 } as const;

/** The rules that hold, and what to do about each. */
export function AlertList(): JSX.Element {
  const found = alerts.value;
  if (found === undefined) return <p class="empty">Waiting for the first answer…</p>;
  if (found.rules === 0)
    return (
      <p class="empty">
        No rules are watched in this process. Pass <code>health: healthRules()</code> to{" "}
        <code>httpApi()</code>, or let Prometheus watch the rules of <code>alerts/</code>.
      </p>
    );
  if (found.alerts.length === 0)
    return (
      <p class="empty">
        <b>All is well.</b> {found.rules} rules are watched, none holds.
      </p>
    );
  const sorted = found.alerts.toSorted(
    (a, b) =>
      Number(b.state === "firing") - Number(a.state === "firing") || order[a.severity] - order[b.severity],
  );
  return (
    <>
      {sorted.map((alert) => (
        <AlertCard key={`${alert.name}${JSON.stringify(alert.labels)}`} alert={alert} />
      ))}
    </>
  );
}

function AlertCard({ alert }: { readonly alert: Alert }): JSX.Element {
  const labels = Object.entries(alert.labels).map(([name, value]) => `${name}=${value}`);
  return (
    <section class={`card alert ${alert.severity} ${alert.state}`}>
      <h2>
        <span class={`state ${alert.severity}`}>{alert.severity}</span> {alert.name}{" "}
        <span class="type">
          {alert.state} for {formatMs(serverNow() - alert.activeAtMs)}
        </span>
      </h2>
      <p>
        <b>{alert.summary}</b> {alert.description}
      </p>
      {labels.length > 0 && <p class="type">{labels.join(" · ")}</p>}
      {/^https?:\/\//.test(alert.runbookUrl) && (
        <p>
          <a href={alert.runbookUrl} target="_blank" rel="noreferrer noopener">
            Runbook: what to look at, and what to do
          </a>
        </p>
      )}
    </section>
  );
}

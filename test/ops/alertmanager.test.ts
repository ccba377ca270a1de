import { describe, expect, it } from "vitest";
import { fromTop, readYaml } from "./repository.ts";
import { alerts } from "./rule-file.ts";
import { amtool } from "./tools.ts";

const path = "alerts/alertmanager.yml";

interface InhibitRule {
  readonly source_matchers: readonly string[];
  readonly target_matchers: readonly string[];
  readonly equal: readonly string[];
}

interface AlertmanagerConfig {
  readonly route: { readonly receiver: string; readonly group_by: readonly string[] };
  readonly inhibit_rules: readonly InhibitRule[];
  readonly receivers: readonly {
    readonly name: string;
    readonly webhook_configs: readonly { readonly url: string }[];
  }[];
}

const config = readYaml<AlertmanagerConfig>(path);
const receiverOf: Readonly<Record<string, string>> = {
  critical: "page",
  warning: "notify",
  info: "notify",
  none: "watchdog",
};

/** Whether matchers such as `severity = "critical"` or `alertname =~ "Task.+"` all hold for the labels. */
function matches(matchers: readonly string[], labels: Readonly<Record<string, string>>): boolean {
  return matchers.every((matcher) => {
    const [, name = "", operator = "", value = ""] = /^(\w+)\s*(=~|!~|!=|=)\s*"(.*)"$/.exec(matcher) ?? [];
    const own = labels[name] ?? "";
    if (operator.endsWith("~")) return new RegExp(`^(?:${value})$`).test(own) === (operator === "=~");
    return operator === "=" ? own === value : own !== value;
  });
}

function inhibits(
  source: Readonly<Record<string, string>>,
  target: Readonly<Record<string, string>>,
): boolean {
  return config.inhibit_rules.some(
    (rule) =>
      matches(rule.source_matchers, source) &&
      matches(rule.target_matchers, target) &&
      rule.equal.every((label) => (source[label] ?? "") === (target[label] ?? "")),
  );
}

describe.skipIf(amtool.missing)(amtool.title("amtool"), () => {
  it("accepts the configuration", () => {
    const { ok, output } = amtool.run(["check-config", fromTop(path)]);
    expect(ok, output).toBe(true);
  });

  it.each(alerts.map(({ alert, labels }) => [alert, labels["severity"] ?? ""] as const))(
    "routes %s of severity %s to the receiver of that severity",
    (alert, severity) => {
      const { ok, output } = amtool.run([
        "config",
        "routes",
        "test",
        `--config.file=${fromTop(path)}`,
        `--verify.receivers=${receiverOf[severity] ?? ""}`,
        `alertname=${alert}`,
        `severity=${severity}`,
        "job=shop",
      ]);
      expect(ok, output).toBe(true);
    },
  );
});

describe("the routing", () => {
  it("groups by alert and job, so that one fault of a fleet is one notification", () => {
    expect(config.route.group_by).toEqual(["alertname", "job"]);
  });

  it("gives the watchdog a receiver of its own", () => {
    expect(config.receivers.map(({ name }) => name)).toEqual(["notify", "page", "watchdog"]);
    expect(config.route.receiver).toBe("notify");
  });
});

describe("inhibition", () => {
  const down = { alertname: "TaskMetricsTargetDown", severity: "critical", job: "shop" };
  const failing = {
    alertname: "HighTaskFailureRate",
    severity: "warning",
    job: "shop",
    task_type: "network",
  };
  const leaking = { alertname: "TaskLeakDetected", severity: "critical", job: "shop", task_type: "network" };

  it.each(["TaskMetricsTargetDown", "TaskMetricsJobAbsent", "TaskMetricsVanished"])(
    "mutes every other task alert of a job with a critical %s, and no alert that says what is missing",
    (alertname) => {
      for (const { alert, labels } of alerts) {
        const target = { alertname: alert, severity: labels["severity"] ?? "", job: "shop" };
        const about = /^TaskMetrics|^Watchdog$/.test(alert);
        expect(inhibits({ ...down, alertname }, target), alert).toBe(
          about ? alert === alertname && target.severity === "warning" : true,
        );
      }
    },
  );

  it("leaves other jobs, other clusters and the watchdog alone", () => {
    expect(inhibits(down, { ...failing, job: "mail" })).toBe(false);
    expect(inhibits({ ...down, cluster: "eu" }, { ...failing, cluster: "us" })).toBe(false);
    expect(inhibits(down, { alertname: "Watchdog", severity: "none" })).toBe(false);
  });

  it("mutes the warnings of single targets while the whole job is down, but one target down mutes nothing", () => {
    const oneTarget = { ...down, severity: "warning", instance: "a:1" };
    expect(inhibits(down, oneTarget)).toBe(true);
    expect(inhibits(oneTarget, failing)).toBe(false);
    expect(inhibits(down, down)).toBe(false);
  });

  it("lets a critical alert mute only the milder forms of the same alert and type", () => {
    expect(inhibits(leaking, { ...leaking, severity: "warning" })).toBe(true);
    expect(inhibits(leaking, { ...leaking, severity: "warning", task_type: "database" })).toBe(false);
    expect(inhibits(leaking, failing)).toBe(false);
  });
});

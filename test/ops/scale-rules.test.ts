import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { scaleDuration, scaleRules, templateQueries } from "../../scripts/scale-rules.ts";
import { fromTop, readText } from "./repository.ts";
import type { RuleFile } from "./rule-file.ts";
import { rulesPath } from "./rule-file.ts";
import { promtool, withFolder } from "./tools.ts";

/** The scaled form of one expression, in a file with one recording of a rate and one of a level. */
function scaledExpr(expr: string, factor = 0.1): string {
  const file = {
    groups: [
      {
        name: "g",
        rules: [
          { record: "job:spawned:rate5m", expr: "sum by (job) (rate(spawned_total[5m]))" },
          { record: "job:running:sum", expr: "sum by (job) (running)" },
          { record: "job:explained:rate5m", expr: "sum by (job) (rate(duration_seconds_sum[5m]))" },
          { alert: "A", expr },
        ],
      },
    ],
  };
  const scaled = parse(scaleRules(JSON.stringify(file), factor)) as RuleFile;
  return scaled.groups[0]?.rules.at(-1)?.expr ?? "";
}

describe("scaling a duration", () => {
  it.each([
    ["5m", 0.02, "6s"],
    ["1d", 0.5, "12h"],
    ["1h30m", 2, "3h"],
    ["1w", 1 / 7, "1d"],
    ["30s", 0.02, "600ms"],
    ["90", 0.5, "45s"],
    ["0s", 0.5, "0s"],
    ["1ms", 0.001, "1ms"],
  ])("%s times %d is %s", (duration, factor, scaled) => {
    expect(scaleDuration(duration, factor)).toBe(scaled);
  });

  it("refuses what is not a duration", () => {
    expect(() => scaleDuration("soon", 2)).toThrow(RangeError);
  });
});

describe("scaling an expression", () => {
  it("scales windows, offsets, subqueries and their steps, also negative ones", () => {
    expect(scaledExpr("max_over_time(rate(a_total[5m])[1h:1m] offset 10m) or b offset -20s")).toBe(
      "max_over_time(rate(a_total[30s])[6m:6s] offset 1m) or b offset -2s",
    );
  });

  it("leaves durations in strings, label values and names alone", () => {
    expect(scaledExpr('a{window="5m"} unless job:running:sum{x=~"10m"}')).toBe(
      'a{window="5m"} unless job:running:sum{x=~"10m"}',
    );
  });

  it("scales a threshold per second, however the rate is wrapped", () => {
    expect(scaledExpr("rate(a_total[5m]) > 10")).toBe("rate(a_total[30s]) > 1");
    expect(scaledExpr("10 < sum(job:spawned:rate5m)")).toBe("1 < sum(job:spawned:rate5m)");
    expect(scaledExpr("sum without (x) (job:spawned:rate5m + rate(b_total[5m])) >= 2e3")).toBe(
      "sum without (x) (job:spawned:rate5m + rate(b_total[30s])) >= 200",
    );
    expect(scaledExpr("2 * avg_over_time(job:spawned:rate5m[1h]) > 10")).toBe(
      "2 * avg_over_time(job:spawned:rate5m[6m]) > 1",
    );
  });

  it.each([
    "job:running:sum > 1000",
    "job:spawned:rate5m / job:spawned:rate5m > 0.05",
    "job:running:sum <= 2 * job:explained:rate5m",
    "job:explained:rate5m > 1000",
    "count(job:spawned:rate5m) > 3",
    "job:spawned:rate5m > 0",
    "time() - start_time_seconds > 3600",
  ])("keeps the level, count, ratio, seconds per second or age of %s", (expr) => {
    expect(scaledExpr(expr)).toBe(expr);
  });

  it("keeps a count over a window and scales only the window", () => {
    expect(scaledExpr("increase(failed_total[10m]) > 10")).toBe("increase(failed_total[1m]) > 10");
  });

  it("refuses what does not parse, and factors that are no factors", () => {
    expect(() => scaledExpr("sum(")).toThrow(SyntaxError);
    for (const factor of [0, -1, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(() => scaledExpr("a", factor)).toThrow(RangeError);
    }
  });
});

describe("scaling the shipped rules", () => {
  const text = readText(rulesPath);
  const shipped = parse(text) as RuleFile;
  const rulesOf = (file: RuleFile): RuleFile["groups"][number]["rules"] =>
    file.groups.flatMap(({ rules }) => rules);

  it("by 1 changes nothing", () => {
    expect(parse(scaleRules(text, 1))).toEqual(shipped);
  });

  it("and back gives the rules that ship", () => {
    expect(parse(scaleRules(scaleRules(text, 0.02), 50))).toEqual(shipped);
  });

  it("makes the alerts fast: waiting times, group intervals, the threshold per second, queries in annotations", () => {
    const fast = parse(scaleRules(text, 0.02)) as RuleFile;
    expect(new Set(fast.groups.map(({ interval }) => interval))).toEqual(new Set(["600ms"]));
    const alert = (name: string): object | undefined =>
      rulesOf(fast).find((rule) => "alert" in rule && rule.alert === name);
    expect(alert("HighTaskSpawnRate")).toMatchObject({ for: "2s400ms", keep_firing_for: "6s" });
    expect(JSON.stringify(alert("HighTaskSpawnRate"))).toContain(
      "(job_task:taskscope_tasks_spawned:rate5m) > 200",
    );
    expect(JSON.stringify(alert("TaskLeakDetected"))).toContain("[6s] offset 12s) + 1000");
    expect(JSON.stringify(alert("HighTaskFailureRate"))).toContain("taskscope_task_errors_total{%s}[6s]");
  });

  it("leaves no duration of an hour, a minute or a day in any expression", () => {
    for (const { expr } of rulesOf(parse(scaleRules(text, 0.0005)) as RuleFile)) {
      expect(expr).not.toMatch(/\[\d+[mhd]\]|offset \d+m\b/);
    }
  });

  it("finds the queries of annotations whatever their quotes", () => {
    expect(
      templateQueries('{{ range query (printf "topk(3, a{job=%q}[5m])" $x) }}{{ query `b{c="d"}` }}'),
    ).toEqual(['topk(3, a{job=""}[5m])', 'b{c="d"}']);
    expect(templateQueries('{{ $x := "" }} {{ $labels.job }} in "5m"')).toEqual([]);
  });

  it(
    "is a command that prints the scaled file, and refuses to run without a factor",
    { timeout: 240_000 },
    () => {
      const run = (...args: string[]): { status: number | null; stdout: string; stderr: string } =>
        spawnSync(process.execPath, ["--import", "tsx", fromTop("scripts/scale-rules.ts"), ...args], {
          encoding: "utf8",
          cwd: fromTop("."),
        });
      const scaled = run("--factor", "0.02", fromTop(rulesPath));
      expect(scaled.stdout).toBe(scaleRules(text, 0.02));
      const refused = run();
      expect(refused.status).toBe(2);
      expect(refused.stderr).toContain("--factor");
    },
  );
});

describe.skipIf(promtool.missing)(promtool.title("promtool"), () => {
  it("accepts the scaled rules", async () => {
    await withFolder((folder) => {
      const file = join(folder, "fast.rules.yml");
      writeFileSync(file, scaleRules(readText(rulesPath), 0.02));
      const { ok, output } = promtool.run(["check", "rules", "--lint=all", "--lint-fatal", file]);
      expect(ok, output).toBe(true);
    });
  });
});

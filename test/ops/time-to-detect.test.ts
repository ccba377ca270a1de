import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { stringify } from "yaml";
import { fromTop, readText } from "./repository.ts";
import { rulesPath } from "./rule-file.ts";
import { promtool, withFolder } from "./tools.ts";

/** Tasks a minute that leak, and the minutes until an alert has to fire at the latest: what the rules were designed for. */
const required = new Map([
  [10, 55],
  [50, 47],
  [150, 41],
  [250, 14],
  [1_000, 11],
]);

/** The table of alerts/README.md: tasks a minute, the alert that fires first, after how many minutes. */
const table = [...readText("alerts/README.md").matchAll(/^\| (\d+) +\| \[(Task\w+)\].+?\| (\d+) +\|$/gm)].map(
  ([, perMinute, alert, minutes]) => ({
    perMinute: Number(perMinute),
    alert: alert ?? "",
    minutes: Number(minutes),
  }),
);

const START = 120;
const END = 200;

/** 20 tasks of a minute in flight; the scrape of minute 120 and each one after shows so many more, which never settle. */
function leak(perMinute: number): { series: string; values: string }[] {
  const labels = `job="shop", instance="a:1", task_type="leaks-${String(perMinute)}", task_name="a"`;
  return [
    {
      series: `taskscope_tasks_running{${labels}}`,
      values: `20+0x${String(START - 1)} ${String(20 + perMinute)}+${String(perMinute)}x${String(END - START)}`,
    },
    {
      series: `taskscope_task_duration_seconds_sum{${labels}, outcome="completed"}`,
      values: `0+1200x${String(END)}`,
    },
  ];
}

function test(exprs: readonly { atMinute: number; expr: string; fires: boolean }[]): object {
  return {
    rule_files: [fromTop(rulesPath)],
    evaluation_interval: "30s",
    tests: [
      {
        name: "leaks of different speeds are found in time",
        interval: "1m",
        input_series: [...required.keys()].flatMap(leak),
        promql_expr_test: exprs.map(({ atMinute, expr, fires }) => ({
          expr,
          eval_time: `${String(atMinute)}m`,
          exp_samples: fires ? [{ labels: "{}", value: 1 }] : [],
        })),
      },
    ],
  };
}

describe("the time from the start of a leak to an alert", () => {
  it("is in the table of the README for each speed, and is at least as good as it has to be", () => {
    expect(table.map(({ perMinute }) => perMinute)).toEqual([...required.keys()]);
    for (const { perMinute, minutes } of table) {
      expect(minutes, String(perMinute)).toBeLessThanOrEqual(required.get(perMinute) ?? 0);
    }
  });

  it.skipIf(promtool.missing)(
    promtool.title("is what the rules do: not a minute before, and then"),
    { timeout: 240_000 },
    async () => {
      await withFolder((folder) => {
        const file = join(folder, "time-to-detect.test.yml");
        const checks = table.flatMap(({ perMinute, alert, minutes }) => {
          const type = `task_type="leaks-${String(perMinute)}", alertstate="firing"`;
          const at = START + minutes;
          return [
            { atMinute: at - 1, expr: `count(ALERTS{alertname=~"TaskLeak.+", ${type}})`, fires: false },
            { atMinute: at, expr: `count(ALERTS{alertname="${alert}", ${type}})`, fires: true },
          ];
        });
        writeFileSync(file, stringify(test(checks)));
        const { ok, output } = promtool.run(["test", "rules", file]);
        expect(ok, output).toBe(true);
      });
    },
  );
});

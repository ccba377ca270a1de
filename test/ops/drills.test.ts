import { describe, expect, it } from "vitest";
import { drillList } from "../../drills/drill-list.ts";
import { readText } from "./repository.ts";
import { alertNames } from "./rule-file.ts";

const page = readText("docs/drills.md");
const [withDrill = "", withoutDrill = ""] = page.split("\n## Alerts without a drill\n");

function rowsOf(text: string): string[][] {
  return text
    .split("\n")
    .filter((line) => line.startsWith("| "))
    .map((line) =>
      line
        .slice(1, -1)
        .split("|")
        .map((cell) => cell.trim()),
    );
}

describe("the fire drills", () => {
  it("are one for each alert, or there is a reason why not", () => {
    const reasons = rowsOf(withoutDrill).filter(([alert = ""]) => alertNames.includes(alert));
    expect(reasons.filter(([, reason = ""]) => reason.length < 20)).toEqual([]);
    const drilled = new Set(drillList.map(({ alert }) => alert));
    expect([...drilled, ...reasons.map(([alert = ""]) => alert)].sort()).toEqual([...alertNames].sort());
  });

  it("are in the table of their page", () => {
    const rows = rowsOf(withDrill).filter(([name = ""]) => name.startsWith("`") && !name.startsWith("`--"));
    expect(rows).toEqual(drillList.map(({ name, alert, cause }) => [`\`${name}\``, alert, cause]));
  });

  it("have names of their own, and look for alerts that there are", () => {
    expect(new Set(drillList.map(({ name }) => name)).size).toBe(drillList.length);
    const named = drillList.flatMap(({ alert, silent }) =>
      silent === undefined ? [alert] : [alert, silent],
    );
    expect(named.filter((alert) => !alertNames.includes(alert))).toEqual([]);
  });
});

import { expect, test } from "vitest";
import { manifest } from "../package/manifest.ts";
import { emptyFolder, installCommand, readFolder } from "./installed-command.ts";

const taskscope = installCommand();

test("says what it can do, and ends well", () => {
  const { code, out, errors } = taskscope("--help");
  expect({ code, errors }).toEqual({ code: 0, errors: "" });
  expect(out).toMatch(/^Usage: taskscope/);
  expect(out).toMatch(/^ {2}init /m);
});

test("prints its version", () => {
  expect(taskscope("--version")).toEqual({ code: 0, out: `${manifest.version}\n`, errors: "" });
});

test.each([
  ["no command", []],
  ["an unknown command", ["explode"]],
  ["an unknown option", ["init", "--colour", "red"]],
  ["an option without its value", ["init", "--prefix"]],
])("%s is bad usage", (_, args) => {
  const { code, out, errors } = taskscope(...args);
  expect({ code, out }).toEqual({ code: 2, out: "" });
  expect(errors).not.toBe("");
});

test.each([
  ["--prefix", ["--prefix", "9lives"]],
  ["--prefix", ["--prefix", 'a"} or vector(1) #']],
  ["--job", ["--job", "shop\nexpr: vector(1)"]],
  ["--slo", ["--slo", "100"]],
  ["--slo", ["--slo", "many"]],
  ["--slo", ["--slo", "99", "--threshold", "errorBudget=0.1"]],
  ["--threshold leakGrowth", ["--threshold", "leakGrowth=-1"]],
  ["--threshold slowStartSeconds", ["--threshold", "slowStartSeconds=0.2"]],
  ["--threshold", ["--threshold", "leekGrowth=1"]],
  ["--threshold", ["--threshold", "__proto__=1"]],
  ["--runbook-url", ["--runbook-url", "https://wiki.example.org/{{ $labels.job }}"]],
  ["--dashboard-url", ["--dashboard-url", "javascript:alert(1)"]],
  ["--webhook-url", ["--webhook-url", "https://chat.example.org/hook\n  - name: other"]],
  ["--webhook-url", ["--webhook-url", "https://chat.example.org/{{ .GroupLabels }}"]],
  ["--kubernetes-label", ["--kubernetes", "--kubernetes-label", "release=a: b"]],
  ["--kubernetes-label", ["--kubernetes-label", "release=prometheus"]],
  ["--target", ["--compose", "--target", "app:9464/metrics"]],
  ["--target", ["--compose", "--job", "shop", "--job", "mail", "--target", "shop=app:9464"]],
  ["--target", ["--target", "app:9464"]],
])("a bad %s is refused by its name, and nothing is written: %j", (flag, args) => {
  const folder = emptyFolder();
  const { code, out, errors } = taskscope("init", "--dir", folder, ...args);
  expect({ code, out }).toEqual({ code: 2, out: "" });
  expect(errors).toContain(flag);
  expect(errors).not.toContain("    at ");
  expect(readFolder(folder).size).toBe(0);
});

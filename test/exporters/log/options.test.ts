import { lifecycleLog, openTelemetrySink, pinoMixin } from "taskscope/log";
import type { LifecycleLogOptions } from "taskscope/log";
import { expect, test } from "vitest";

const bad = (option: string): object => ({ code: "TASKSCOPE_INVALID_OPTION", option });

test.each([
  ["name", ""],
  ["sink", {}],
  ["sink", "stderr"],
  ["sink", { info: () => {} }],
  ["minLevel", "fatal"],
  ["levels", []],
  ["levels.failed", "loud"],
  ["maxLines", 0],
  ["maxLines", 1.5],
  ["windowMs", -1],
  ["windowMs", "1"],
  ["maxTextLength", -1],
  ["redact", /x/],
  ["capacity", 0],
])("%s is refused when it is %o", (option, value) => {
  const [key = "", kind] = option.split(".");
  const options = { [key]: kind === undefined ? value : { [kind]: value } } as LifecycleLogOptions;
  expect(() => lifecycleLog(options)).toThrow(expect.objectContaining(bad(`lifecycleLog.${option}`)));
});

test("unknown options and unknown kinds are refused by name", () => {
  expect(() => lifecycleLog({ level: "info" } as LifecycleLogOptions)).toThrow(/level/);
  expect(() => lifecycleLog({ levels: { exploded: "warn" } } as LifecycleLogOptions)).toThrow(/exploded/);
  expect(() => pinoMixin({ trace: 1 } as never)).toThrow(expect.objectContaining(bad("pinoMixin.trace")));
  expect(() => openTelemetrySink({ loggerProvider: {} } as never)).toThrow(
    expect.objectContaining(bad("openTelemetrySink.loggerProvider")),
  );
});

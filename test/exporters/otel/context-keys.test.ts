import { INVALID_SPAN_CONTEXT, ROOT_CONTEXT, trace } from "@opentelemetry/api";
import type { Context, Span } from "@opentelemetry/api";
import { describe, expect, test } from "vitest";
import { findSpanKey } from "../../../src/exporters/otel/context-keys.ts";

describe("the key of the span", () => {
  const wrapSpanContext = trace.wrapSpanContext.bind(trace);
  const key = Symbol("span");
  const otherKey = Symbol("another");
  const api = {
    wrapSpanContext,
    setSpan: (given: Context, value: Span) => given.setValue(key, value),
    getSpan: (given: Context) => given.getValue(key) as Span | undefined,
    deleteSpan: (given: Context) => given.deleteValue(key),
  };

  test("is found by asking", () => {
    expect(findSpanKey(api)).toBe(key);
    const span = wrapSpanContext(INVALID_SPAN_CONTEXT);
    expect(trace.getSpan(ROOT_CONTEXT.setValue(findSpanKey(trace) ?? key, span))).toBe(span);
  });

  test.each<[string, Partial<typeof api>]>([
    [
      "keeps it beside others",
      { setSpan: (given, value) => given.setValue(key, value).setValue(otherKey, 1) },
    ],
    ["wraps it", { setSpan: (given, value) => given.setValue(key, { value }) }],
    ["keeps it under a string", { setSpan: (given, value) => given.setValue("span" as never, value) }],
    ["keeps it outside the context", { setSpan: (given) => given }],
    ["reads it elsewhere", { getSpan: (given) => given.getValue(otherKey) as Span | undefined }],
    ["makes another of it", { getSpan: () => wrapSpanContext(INVALID_SPAN_CONTEXT) }],
    ["deletes it elsewhere", { deleteSpan: (given) => given.deleteValue(otherKey) }],
    [
      "throws",
      {
        setSpan: () => {
          throw new TypeError("not a context of mine");
        },
      },
    ],
  ])("is not guessed of an API that %s", (_what, changed) => {
    expect(findSpanKey({ ...api, ...changed })).toBeUndefined();
  });
});

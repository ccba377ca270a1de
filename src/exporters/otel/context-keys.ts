import { createContextKey, INVALID_SPAN_CONTEXT, trace } from "@opentelemetry/api";
import type { Context, TraceAPI } from "@opentelemetry/api";

/** Where a context keeps the task. One for all trackers: their tasks see each other, as in the core's own store. */
export const taskKey: symbol = createContextKey("taskscope.task");

/** Where a context keeps the span, or `undefined` where that cannot be found out. */
export const spanKey: symbol | undefined = findSpanKey(trace);

/**
 * Asks an API for the key that it does not export: a probe is given a span and says under which key. Gives `undefined`
 * when the API does anything else than keep the span itself under one key.
 */
export function findSpanKey(
  api: Pick<TraceAPI, "deleteSpan" | "getSpan" | "setSpan" | "wrapSpanContext">,
): symbol | undefined {
  const touched: unknown[] = [];
  const note = (key: symbol, value?: unknown): Context => {
    touched.push(key, value);
    return probe;
  };
  const probe: Context = { getValue: note, setValue: note, deleteValue: note };
  try {
    const span = api.wrapSpanContext(INVALID_SPAN_CONTEXT);
    api.setSpan(probe, span);
    api.deleteSpan(probe);
    const [key, value, deleted] = touched;
    if (typeof key !== "symbol" || value !== span || deleted !== key || touched.length !== 4)
      return undefined;
    const held = api.getSpan({ ...probe, getValue: (asked) => (asked === key ? span : undefined) });
    return held === span ? key : undefined;
  } catch {
    return undefined;
  }
}

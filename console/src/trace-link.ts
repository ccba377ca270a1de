import type { TaskEvent } from "./api-types.ts";

/** Where the trace of a task is shown; `undefined` without a place, or a span. Only http and https ever become a link. */
export function traceLink(template: string | undefined, events: readonly TaskEvent[]): string | undefined {
  const traceId = events.findLast(({ trace }) => trace !== undefined)?.trace?.traceId;
  if (template === undefined || traceId === undefined || !/^https?:\/\//.test(template)) return undefined;
  return template.replaceAll("{traceId}", encodeURIComponent(traceId));
}

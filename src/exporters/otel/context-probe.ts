import { AsyncResource } from "node:async_hooks";
import { context, createContextKey } from "@opentelemetry/api";

const probeKey = createContextKey("taskscope.probe");

/**
 * Whether a context manager is registered that carries a context into asynchronous code: a value is made active, a
 * resource created under it, and the value looked for when the resource runs after it. Without a manager the API
 * accepts contexts and forgets them.
 */
export function contextIsCarried(): boolean {
  const probe = context.active().setValue(probeKey, true);
  const resource = context.with(probe, () => new AsyncResource("taskscope.probe"));
  return resource.runInAsyncScope(() => context.active().getValue(probeKey) === true);
}

import { metrics, trace } from "@opentelemetry/api";
import type { ProxyTracerProvider } from "@opentelemetry/api";

/** What is registered in OpenTelemetry's API for the whole process. */
interface Registered {
  readonly tracerProvider: unknown;
  readonly meterProvider: unknown;
}

function registered(): Registered {
  return { tracerProvider: sdkTracerProvider(), meterProvider: metrics.getMeterProvider() };
}

// The API's own provider is a proxy, which says by `getDelegateTracer` whether an SDK stands behind it.
function sdkTracerProvider(): unknown {
  const provider = trace.getTracerProvider();
  const proxy = provider as Partial<ProxyTracerProvider>;
  if (proxy.getDelegateTracer === undefined) return provider;
  return proxy.getDelegateTracer("taskscope") === undefined ? undefined : proxy.getDelegate?.();
}

/** Whether spans have an SDK already, that of somebody else. */
export function tracingIsTaken(): boolean {
  return sdkTracerProvider() !== undefined;
}

/**
 * Calls `register` and gives a function that takes off what it registered in the API, so that another SDK can stand
 * there. What others registered stays. The context manager and the propagators stay too: running code relies on them.
 */
export function registerGlobals(register: () => void): () => void {
  const before = registered();
  register();
  const after = registered();
  return () => {
    const now = registered();
    if (after.tracerProvider !== before.tracerProvider && now.tracerProvider === after.tracerProvider)
      trace.disable();
    if (after.meterProvider !== before.meterProvider && now.meterProvider === after.meterProvider)
      metrics.disable();
  };
}

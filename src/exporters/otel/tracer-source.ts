import { trace } from "@opentelemetry/api";
import type { ProxyTracerProvider, Tracer, TracerProvider } from "@opentelemetry/api";

/**
 * Finds the tracer, or says that there is none yet. Without an SDK the API's tracers make spans that do nothing, at a
 * price; `undefined` lets the caller skip them. An SDK that is registered later is found with the next task.
 */
export class TracerSource {
  readonly #given: TracerProvider | undefined;
  readonly #version: string;
  #provider: TracerProvider | undefined;
  #tracer: Tracer | undefined;

  /** `given`: the provider to use instead of the global one. `version`: of the instrumentation scope. */
  constructor(given: TracerProvider | undefined, version: string) {
    this.#given = given;
    this.#version = version;
  }

  get tracer(): Tracer | undefined {
    const provider = this.#given ?? trace.getTracerProvider();
    if (this.#tracer === undefined || provider !== this.#provider) {
      this.#provider = provider;
      this.#tracer = this.#tracerOf(provider);
    }
    return this.#tracer;
  }

  // The API's global provider is a proxy, whose delegate is the SDK's. Told by its method and not by its class: the SDK
  // may have registered through another copy of the API.
  #tracerOf(provider: TracerProvider): Tracer | undefined {
    const { getDelegateTracer } = provider as Partial<ProxyTracerProvider>;
    if (typeof getDelegateTracer === "function")
      return getDelegateTracer.call(provider, SCOPE_NAME, this.#version);
    return provider.getTracer(SCOPE_NAME, this.#version);
  }
}

/** The name of the instrumentation scope, of spans and metrics alike. */
export const SCOPE_NAME = "taskscope";

import { trace } from "@opentelemetry/api";
import type { ProxyTracerProvider, Tracer, TracerProvider } from "@opentelemetry/api";

/** How many calls in a row ask the API before a tracer that is still missing is asked for less often. */
const EAGER_CALLS = 1_000;
/** How often the API is asked after that: once in so many calls. */
const ASK_EVERY = 16;

/**
 * Finds the tracer, or says that there is none yet. Without an SDK the API's tracers make spans that do nothing, at a
 * price; `undefined` lets the caller skip them, and {@link TracerSource.isInVain} says when not to ask at every task.
 *
 * An SDK that is registered later, or in another's place, is found at the next call. There is one exception: where more
 * than 1,000 calls found nothing, and the SDK then comes through another copy of the API (the API's CommonJS build is
 * one to its ES build) or after a `trace.disable()`, it is found within 16 calls.
 */
export class TracerSource {
  readonly #given: TracerProvider | undefined;
  readonly #version: string;
  #provider: TracerProvider | undefined;
  #tracer: Tracer | undefined;
  /** The API's provider while it has no SDK behind it, and what it says then. */
  #idle: Pick<ProxyTracerProvider, "getDelegate"> | undefined;
  #idleDelegate: TracerProvider | undefined;
  #callsToAsking = 0;
  #inVain = 0;

  /** `given`: the provider to use instead of the global one. `version`: of the instrumentation scope. */
  constructor(given: TracerProvider | undefined, version: string) {
    this.#given = given;
    this.#version = version;
  }

  get tracer(): Tracer | undefined {
    const idle = this.#idle;
    if (idle !== undefined && idle.getDelegate() === this.#idleDelegate && --this.#callsToAsking > 0)
      return undefined;
    return this.ask();
  }

  /** Whether so many calls found nothing that asking at each task is not worth what it costs. */
  get isInVain(): boolean {
    return this.#inVain > EAGER_CALLS;
  }

  /** Like {@link tracer}, and asks in any case. */
  ask(): Tracer | undefined {
    const provider = this.#given ?? trace.getTracerProvider();
    if (provider !== this.#provider) {
      this.#provider = provider;
      this.#tracer = undefined;
    }
    this.#tracer ??= this.#tracerOf(provider);
    this.#idle = this.#tracer === undefined && isProxy(provider) ? provider : undefined;
    this.#idleDelegate = this.#idle?.getDelegate();
    this.#inVain = this.#idle === undefined ? 0 : this.#inVain + 1;
    this.#callsToAsking = this.#inVain <= EAGER_CALLS ? 1 : ASK_EVERY;
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

function isProxy(provider: TracerProvider): provider is ProxyTracerProvider {
  return typeof (provider as Partial<ProxyTracerProvider>).getDelegate === "function";
}

/** The name of the instrumentation scope, of spans and metrics alike. */
export const SCOPE_NAME = "taskscope";

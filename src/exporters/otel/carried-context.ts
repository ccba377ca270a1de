import { ROOT_CONTEXT, trace } from "@opentelemetry/api";
import type { Context, Span } from "@opentelemetry/api";
import type { HookTask } from "../../plugin/index.ts";
import { spanKey, taskKey } from "./context-keys.ts";
import type { Trail } from "./trail.ts";

/**
 * A context that holds a span and a task in fields, over a base that holds the rest. Whoever reads it, or makes another
 * context from it, sees what a context of the API's own would show; but that copies all its values for each that it
 * is given, which for two values and every task is a good part of what a task costs.
 *
 * The base is never a context of this class: tasks that start each other for ever form no chain of contexts.
 */
export class CarriedContext implements Context, Trail {
  readonly base: Context;
  readonly span: Span | undefined;
  readonly task: unknown;

  /** `span`, `task` undefined: what the base says. */
  constructor(base: Context, span: Span | undefined, task: unknown) {
    this.base = base;
    this.span = span;
    this.task = task;
  }

  get inside(): Context {
    return this;
  }

  getValue(key: symbol): unknown {
    if (key === spanKey && this.span !== undefined) return this.span;
    if (key === taskKey && this.task !== undefined) return this.task;
    return this.base.getValue(key);
  }

  setValue(key: symbol, value: unknown): Context {
    if (value !== undefined) {
      if (key === spanKey) return new CarriedContext(this.base, value as Span, this.task);
      if (key === taskKey) return new CarriedContext(this.base, this.span, value);
    }
    return this.#over(this.base.setValue(key, value), key);
  }

  deleteValue(key: symbol): Context {
    return this.#over(this.base.deleteValue(key), key);
  }

  /** The same over another base, which is the one to say what is under `key`. */
  #over(base: Context, key: symbol): CarriedContext {
    return new CarriedContext(
      base,
      key === spanKey ? undefined : this.span,
      key === taskKey ? undefined : this.task,
    );
  }
}

/**
 * What `parent` becomes with a span and a task in it; `undefined` leaves what it has. Contexts of unknown make, and all
 * if the API keeps spans in an unknown way, are asked by the API's own means.
 */
export function enclose(parent: Context, span: Span | undefined, task: HookTask | undefined): Context {
  if (spanKey !== undefined) {
    if (parent instanceof CarriedContext)
      return new CarriedContext(parent.base, span ?? parent.span, task ?? parent.task);
    if (holdsOnlyValues(parent)) return new CarriedContext(parent, span, task);
  }
  return enclosePlainly(parent, span, task);
}

// The field in which contexts of the API keep their values, whichever copy of the API made them.
const valuesField = Object.entries(ROOT_CONTEXT).find(([, value]) => value instanceof Map)?.[0];

/** Whether a context is known to hold its values and no other context, so that it can be a base. */
function holdsOnlyValues(context: Context): boolean {
  return valuesField !== undefined && (context as unknown as Fields)[valuesField] instanceof Map;
}

type Fields = Readonly<Record<string, unknown>>;

/** The same with nothing but the API. */
export function enclosePlainly(parent: Context, span: Span | undefined, task: HookTask | undefined): Context {
  const withSpan = span === undefined ? parent : trace.setSpan(parent, span);
  return task === undefined ? withSpan : withSpan.setValue(taskKey, task);
}

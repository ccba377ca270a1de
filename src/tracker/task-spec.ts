import type { OptionBag } from "../errors/index.ts";
import { InvalidOptionError, checkBoolean, checkWord, readOptions } from "../errors/index.ts";
import type { TracePolicy } from "../plugin/index.ts";
import { defaultPolicy, policyKeys, resolvePolicy } from "../policy/index.ts";
import type { ResolvedPolicy } from "../policy/index.ts";
import { boundName, copyAttributes } from "../task/index.ts";
import type { AttributeValue } from "../task/index.ts";
import { recordOf } from "./record-handle.ts";
import type { TaskRecord } from "./task-record.ts";
import type { TaskSeries } from "./task-series.ts";

/** The type of tasks that none was given for. */
const GENERAL = "general";

const tracePolicies: readonly TracePolicy[] = ["child", "link", "root"];
const observeKeys = ["name", "type", "attributes", "trace"] as const;
const manageKeys = [...observeKeys, ...policyKeys, "signal", "detached", "parent"] as const;
const observeAllowed = new Set<string>(observeKeys);
const manageAllowed = new Set<string>(manageKeys);
const wrapAllowed = new Set<string>([...manageKeys, "managed"]);

/** A description of tasks, checked, with its series found: made once per wrapped function, or per managed task. */
export class ObservedSpec {
  readonly series: TaskSeries<TaskRecord>;
  readonly attributes: Readonly<Record<string, AttributeValue>> | undefined;
  readonly trace: TracePolicy;
  /** Whether records need to be told more than their series. */
  readonly hasDetails: boolean;
  /** The true name and type, also where the series is an overflow series. */
  readonly name: string;
  readonly type: string;

  constructor(
    series: TaskSeries<TaskRecord>,
    name: string,
    type: string,
    attributes: Readonly<Record<string, AttributeValue>> | undefined,
    trace: TracePolicy,
  ) {
    this.series = series;
    this.attributes = attributes;
    this.trace = trace;
    this.name = name;
    this.type = type;
    this.hasDetails = attributes !== undefined || trace !== "child" || series.name !== name;
  }

  /** Puts the details on a record. */
  describe(record: TaskRecord): void {
    const extra = record.needExtra();
    if (this.name !== this.series.name) extra.name = this.name;
    if (this.type !== this.series.type) extra.type = this.type;
    if (this.attributes !== undefined) {
      extra.attributes = Object.assign(
        Object.create(null) as Record<string, AttributeValue>,
        this.attributes,
      );
    }
    extra.trace = this.trace;
  }
}

/** A checked description of a managed task. */
export interface ManagedSpec {
  readonly observed: ObservedSpec;
  readonly policy: ResolvedPolicy;
  readonly signal: AbortSignal | undefined;
  readonly detached: boolean;
  readonly parent: TaskRecord | undefined;
}

/** Checks what users say of tasks, against the types of one tracker. */
export class SpecReader {
  readonly #resolveSeries: (type: string, name: string) => TaskSeries<TaskRecord>;
  readonly #policies: ReadonlyMap<string, ResolvedPolicy>;

  constructor(
    resolveSeries: (type: string, name: string) => TaskSeries<TaskRecord>,
    policies: ReadonlyMap<string, ResolvedPolicy>,
  ) {
    this.#resolveSeries = resolveSeries;
    this.#policies = policies;
  }

  /** Reads the description of an observed task; `fallbackName` stands in for a missing name. */
  observed(given: unknown, fallbackName?: string): ObservedSpec {
    return this.#observed(toBag(given, observeAllowed), fallbackName, undefined);
  }

  managed(given: unknown): ManagedSpec {
    return this.#managed(toBag(given, manageAllowed));
  }

  /** Reads the options of `wrap`. */
  wrapped(given: unknown, fallbackName: string): ObservedSpec | ManagedSpec {
    const bag = toBag(given, wrapAllowed);
    const isManaged = bag["managed"] !== undefined && checkBoolean("managed", bag["managed"]);
    if (isManaged) return this.#managed(bag, fallbackName);
    for (const key of Object.keys(bag)) {
      if (key !== "managed" && !observeAllowed.has(key)) {
        throw new InvalidOptionError(
          key,
          bag[key],
          "no value without managed: true (observed calls have no policy)",
        );
      }
    }
    return this.#observed(bag, fallbackName, undefined);
  }

  #managed(bag: OptionBag, fallbackName?: string): ManagedSpec {
    const detached = bag["detached"] === undefined ? false : checkBoolean("detached", bag["detached"]);
    const observed = this.#observed(bag, fallbackName, detached ? "link" : undefined);
    const typePolicy = this.#policies.get(observed.type) ?? defaultPolicy;
    return {
      observed,
      policy: resolvePolicy("", bag, typePolicy),
      signal: bag["signal"] === undefined ? undefined : checkSignal(bag["signal"]),
      detached,
      parent: bag["parent"] === undefined ? undefined : checkParent(bag["parent"]),
    };
  }

  #observed(
    bag: OptionBag,
    fallbackName: string | undefined,
    fallbackTrace: TracePolicy | undefined,
  ): ObservedSpec {
    const name = boundName(bag["name"] ?? fallbackName, "name");
    const type = bag["type"] === undefined ? GENERAL : boundName(bag["type"], "type");
    const attributes = bag["attributes"] === undefined ? undefined : copyAttributes(bag["attributes"]);
    const trace =
      bag["trace"] === undefined
        ? (fallbackTrace ?? "child")
        : checkWord("trace", bag["trace"], tracePolicies);
    return new ObservedSpec(this.#resolveSeries(type, name), name, type, attributes, trace);
  }
}

function toBag(given: unknown, allowed: ReadonlySet<string>): OptionBag {
  return readOptions("", typeof given === "string" ? { name: given } : given, allowed);
}

function checkSignal(value: unknown): AbortSignal {
  if (value instanceof AbortSignal) return value;
  throw new InvalidOptionError("signal", value, "an AbortSignal");
}

function checkParent(value: unknown): TaskRecord {
  const record = recordOf(value);
  if (record !== undefined) return record;
  throw new InvalidOptionError("parent", value, "the handle of a task");
}

import type { OptionBag } from "../errors/index.ts";
import { InvalidOptionError, checkBoolean, checkWord, readOptions } from "../errors/index.ts";
import type { TracePolicy } from "../plugin/index.ts";
import {
  COMMON_LANE,
  defaultPolicy,
  expectationKeys,
  noExpectation,
  policyKeys,
  readExpectation,
  resolvePolicy,
} from "../policy/index.ts";
import type { ResolvedPolicy, ResolvedTypePolicy } from "../policy/index.ts";
import { boundName, copyAttributes } from "../task/index.ts";
import type { AttributeValue } from "../task/index.ts";
import { recordOf } from "./record-handle.ts";
import type { DuplicatePolicy } from "./task-options.ts";
import { saysTheSame, simplySaid } from "./simply-said.ts";
import type { SimplySaid } from "./simply-said.ts";
import type { TaskRecord } from "./task-record.ts";
import type { TaskSeries } from "./task-series.ts";

/** The type of tasks that none was given for. */
const GENERAL = "general";

const tracePolicies: readonly TracePolicy[] = ["child", "link", "root"];
const observeKeys = ["name", "type", "attributes", "trace", ...expectationKeys] as const;
const duplicatePolicies: readonly DuplicatePolicy[] = ["queue", "replace", "drop", "reject"];
const manageKeys = [...observeKeys, ...policyKeys, "signal", "detached", "parent", "key", "onDuplicate"];
const detailKeys = ["attributes", "trace", "detached", ...expectationKeys] as const;
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
  /** Its own; `undefined` where that of its type holds, which is looked up when somebody asks. */
  readonly #expectedMs: number | undefined;
  readonly #heartbeatMs: number;

  constructor(
    series: TaskSeries<TaskRecord>,
    name: string,
    type: string,
    attributes: Readonly<Record<string, AttributeValue>> | undefined,
    trace: TracePolicy,
    expectedMs: number | undefined,
    heartbeatMs: number,
  ) {
    this.series = series;
    this.attributes = attributes;
    this.trace = trace;
    this.name = name;
    this.type = type;
    this.#expectedMs = expectedMs;
    this.#heartbeatMs = heartbeatMs;
    const isWatched = expectedMs !== undefined || heartbeatMs !== Number.POSITIVE_INFINITY;
    this.hasDetails = attributes !== undefined || trace !== "child" || series.name !== name || isWatched;
    if (expectedMs !== undefined) series.expect(expectedMs);
  }

  /** Puts the details on a record. */
  describe(record: TaskRecord): void {
    const details = record.needDetails();
    if (this.name !== this.series.name) details.name = this.name;
    if (this.type !== this.series.type) details.type = this.type;
    if (this.attributes !== undefined) {
      details.attributes = Object.assign(
        Object.create(null) as Record<string, AttributeValue>,
        this.attributes,
      );
    }
    details.trace = this.trace;
    details.expectedMs = this.#expectedMs;
    if (this.#heartbeatMs === Number.POSITIVE_INFINITY) return;
    details.heartbeatMs = this.#heartbeatMs;
    (this.series.beating ??= new Set()).add(record);
  }
}

/** A checked description of a managed task. */
export interface ManagedSpec {
  readonly observed: ObservedSpec;
  readonly policy: ResolvedPolicy;
  /** Which limits it comes under. */
  readonly lane: string;
  readonly signal: AbortSignal | undefined;
  readonly detached: boolean;
  readonly parent: TaskRecord | undefined;
  readonly key: string | undefined;
  readonly onDuplicate: DuplicatePolicy;
}

/** What a name and a type stand for, and what was said last of a managed task of these. */
interface KnownSpec {
  readonly observed: ObservedSpec;
  recent: SaidSpec | undefined;
}

/** A description, and what was read of it. */
interface SaidSpec {
  readonly said: SimplySaid;
  readonly spec: ManagedSpec;
}

/** Checks what users say of tasks, against the types of one tracker. */
export class SpecReader {
  readonly #resolveSeries: (type: string, name: string) => TaskSeries<TaskRecord>;
  readonly #policies: ReadonlyMap<string, ResolvedTypePolicy>;

  /** Rises when policies have changed: what was read before is stale then. */
  generation = 0;
  /** What was read of descriptions that say nothing but a name and a type, by both. No more than there are series. */
  #known = new Map<string, Map<string, KnownSpec>>();
  /** Of these the one that was described last: the next task is described alike, very often. */
  #last: SaidSpec | undefined;

  constructor(
    resolveSeries: (type: string, name: string) => TaskSeries<TaskRecord>,
    policies: ReadonlyMap<string, ResolvedTypePolicy>,
  ) {
    this.#resolveSeries = resolveSeries;
    this.#policies = policies;
  }

  /** Says that the policies have changed. */
  renew(): void {
    this.generation += 1;
    this.#known = new Map();
    this.#last = undefined;
  }

  /** Reads the description of an observed task; `fallbackName` stands in for a missing name. */
  observed(given: unknown, fallbackName?: string): ObservedSpec {
    return this.#observed(toBag(given, observeAllowed), fallbackName, undefined);
  }

  managed(given: unknown): ManagedSpec {
    const said = simplySaid(given, this.#last?.said);
    if (said === undefined) return this.#managed(toBag(given, manageAllowed));
    // Not before the description is read: a getter in it may change the policies.
    const last = this.#last;
    if (last !== undefined && said === last.said) return last.spec;
    const { name, type = GENERAL } = said;
    const known = this.#known.get(type as string)?.get(name as string);
    if (known?.recent !== undefined && saysTheSame(known.recent.said, said)) {
      this.#last = known.recent;
      return known.recent.spec;
    }
    // From what was read of it, and not from the object again: a getter may say something else each time.
    const spec = this.#managed(toBag(said, manageAllowed));
    if (known !== undefined) this.#last = known.recent = { said, spec };
    return spec;
  }

  /** Reads the description of a managed task that is a root whatever it says. */
  managedRoot(given: unknown): ManagedSpec {
    return this.#managed({ ...toBag(given, manageAllowed), detached: true, parent: undefined });
  }

  /** Reads the options of `wrap`. */
  wrapped(given: unknown, fallbackName: string): ObservedSpec | ManagedSpec {
    const bag = toBag(given, wrapAllowed);
    const isManaged = bag["managed"] !== undefined && checkBoolean("managed", bag["managed"]);
    if (isManaged) return this.#managed(bag, fallbackName);
    for (const key of Object.keys(bag)) {
      if (bag[key] !== undefined && key !== "managed" && !observeAllowed.has(key)) {
        throw new InvalidOptionError(
          key,
          bag[key],
          "no value without managed: true (observed calls have no policy)",
        );
      }
    }
    return this.#observed(bag, fallbackName, undefined);
  }

  /** What is observed, where that is nothing but a name and a type: read once. */
  #plainlyObserved(bag: OptionBag): ObservedSpec | undefined {
    for (const key of detailKeys) if (bag[key] !== undefined) return undefined;
    const { name, type = GENERAL } = bag;
    const known = this.#known.get(type as string)?.get(name as string);
    if (known !== undefined) return known.observed;
    const observed = this.#observed(bag, undefined, undefined);
    // Only names as they are, of series of their own: the others have no bound.
    if (observed.name !== name || observed.type !== type || observed.series.name !== name) return observed;
    let byName = this.#known.get(type);
    if (byName === undefined) this.#known.set(type, (byName = new Map()));
    byName.set(name, { observed, recent: undefined });
    return observed;
  }

  #managed(bag: OptionBag, fallbackName?: string): ManagedSpec {
    const detached = bag["detached"] === undefined ? false : checkBoolean("detached", bag["detached"]);
    const observed =
      (fallbackName === undefined ? this.#plainlyObserved(bag) : undefined) ??
      this.#observed(bag, fallbackName, detached ? "link" : undefined);
    const typePolicy = this.#policies.get(observed.type) ?? defaultPolicy;
    return {
      observed,
      policy: resolvePolicy("", bag, typePolicy),
      lane: this.#policies.has(observed.type) ? observed.type : COMMON_LANE,
      signal: bag["signal"] === undefined ? undefined : checkSignal(bag["signal"]),
      detached,
      parent: bag["parent"] === undefined ? undefined : checkParent(bag["parent"]),
      key: bag["key"] === undefined ? undefined : checkKey(bag["key"]),
      onDuplicate:
        bag["onDuplicate"] === undefined
          ? "queue"
          : checkWord("onDuplicate", bag["onDuplicate"], duplicatePolicies),
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
    const { expectedMs, heartbeatMs } = readExpectation("", bag, this.#policies.get(type) ?? noExpectation);
    return new ObservedSpec(
      this.#resolveSeries(type, name),
      name,
      type,
      attributes,
      trace,
      bag["expectedMs"] === undefined ? undefined : expectedMs,
      heartbeatMs,
    );
  }
}

function toBag(given: unknown, allowed: ReadonlySet<string>): OptionBag {
  return readOptions("", typeof given === "string" ? { name: given } : given, allowed, emptyBag());
}

/** Every option, so that reading one that was not given reads no prototype. */
function emptyBag(): Record<string, unknown> {
  return {
    name: undefined,
    type: undefined,
    attributes: undefined,
    trace: undefined,
    expectedMs: undefined,
    heartbeatMs: undefined,
    timeoutMs: undefined,
    totalTimeoutMs: undefined,
    cancelGraceMs: undefined,
    onShutdown: undefined,
    restart: undefined,
    priority: undefined,
    signal: undefined,
    detached: undefined,
    parent: undefined,
    key: undefined,
    onDuplicate: undefined,
    managed: undefined,
  };
}

/** The longest key, in UTF-16 units: a longer one is refused, for cutting it would make different keys one. */
const MAX_KEY_LENGTH = 1_024;

function checkKey(value: unknown): string {
  if (typeof value === "string" && value.length <= MAX_KEY_LENGTH) return value;
  throw new InvalidOptionError("key", value, `a string of at most ${MAX_KEY_LENGTH} characters`);
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

import fc from "fast-check";
import { SIGNALS } from "./steps.ts";
import type {
  BodyEnd,
  ConfigPlan,
  LimitsPlan,
  OnAbort,
  Plan,
  RestartPlan,
  Sequence,
  Step,
  TypeName,
  TypePlan,
} from "./steps.ts";

const units = fc.integer({ min: 1, max: 5 });
const rarely = <T>(arbitrary: fc.Arbitrary<T>, weight: number): fc.Arbitrary<T | undefined> =>
  fc.oneof(
    { withCrossShrink: true },
    { weight: 10 - weight, arbitrary: fc.constant(undefined) },
    { weight, arbitrary },
  );

const end = fc.constantFrom<BodyEnd>("pending", "pending", "value", "throw", "child");
const restart: fc.Arbitrary<RestartPlan> = fc.record(
  {
    when: fc.constantFrom("always", "on-failure", "second-attempt"),
    maxRestarts: fc.integer({ min: 1, max: 2 }),
    delay: units,
    resetAfter: units,
  },
  { requiredKeys: ["when", "maxRestarts", "delay"] },
);

function planOf(children: fc.Arbitrary<readonly Plan[] | undefined>): fc.Arbitrary<Plan> {
  const fields = fc.record({
    how: fc.constantFrom<Plan["how"][]>("run", "run", "run", "spawn", "spawn", "spawn", "trySpawn", "wrap"),
    type: fc.constantFrom<TypeName[]>("slow", "fast", "rated", "free"),
    name: fc.constantFrom("x", "y"),
    ends: fc.array(end, { minLength: 1, maxLength: 3 }),
    onAbort: rarely(fc.constantFrom<OnAbort[]>("reject", "resolve"), 4),
    children,
    cancels: rarely(fc.constantFrom<("self" | "parent")[]>("self", "parent"), 1),
    priority: rarely(fc.integer({ min: -2, max: 2 }), 4),
    key: rarely(fc.constantFrom<("k" | "l")[]>("k", "l"), 4),
    onDuplicate: fc.constantFrom<("queue" | "replace" | "drop" | "reject")[]>(
      "queue",
      "replace",
      "drop",
      "reject",
    ),
    timeout: rarely(units, 4),
    total: rarely(fc.integer({ min: 2, max: 9 }), 2),
    grace: units,
    restart: rarely(restart, 4),
    signal: rarely(fc.integer({ min: 0, max: SIGNALS - 1 }), 2),
    detached: rarely(fc.constant(true), 1),
    named: rarely(fc.constantFrom<("context" | "option")[]>("context", "option"), 2),
    onShutdown: rarely(fc.constantFrom<("cancel" | "wait")[]>("cancel", "wait"), 3),
  });
  return fields.map((plan) => tidy(plan));
}

/** Leaves out what is not given, so that a counterexample reads well. */
function tidy(fields: { readonly [Key in keyof Required<Plan>]: Plan[Key] | undefined }): Plan {
  const given = Object.entries(fields).filter(
    ([key, value]) => value !== undefined && (key !== "onDuplicate" || fields.key !== undefined),
  );
  return Object.fromEntries(given) as unknown as Plan;
}

const leaf = planOf(fc.constant(undefined));
const plan = planOf(rarely(fc.array(leaf, { minLength: 1, maxLength: 2 }), 3));
const tracked = fc.record({
  how: fc.constant("track" as const),
  type: fc.constantFrom<TypeName[]>("slow", "free"),
  name: fc.constantFrom<("x" | "y")[]>("x", "y"),
  ends: fc.constant<BodyEnd[]>(["pending"]),
});

const typePlan: fc.Arbitrary<TypePlan> = fc.record(
  { maxRunning: fc.constantFrom(1, 1, 2, 3, Infinity) },
  { requiredKeys: [] },
);
const ratedPlan: fc.Arbitrary<TypePlan> = fc.record(
  {
    maxRunning: fc.constantFrom(1, 2, 3, Infinity),
    startsPerSecond: fc.constantFrom(0.25, 0.5, 1, 2, Infinity),
  },
  { requiredKeys: [] },
);
const limitsPlan: fc.Arbitrary<LimitsPlan> = fc.record(
  {
    maxRunning: fc.constantFrom(1, 2, 3, 5, Infinity),
    maxQueued: fc.constantFrom(0, 1, 3, 50, 50, 50),
    maxUnresponsive: fc.constantFrom(1, 2, Infinity, Infinity),
    ageingMs: fc.constantFrom(500, 1_000, 10_000),
  },
  { requiredKeys: [] },
);
const config: fc.Arbitrary<ConfigPlan> = fc.record(
  {
    limits: limitsPlan,
    types: fc.record(
      { slow: typePlan, fast: typePlan, rated: ratedPlan, free: ratedPlan },
      { requiredKeys: [] },
    ),
  },
  { requiredKeys: [] },
);

const index = fc.nat({ max: 30 });
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 12, arbitrary: fc.record({ do: fc.constant("start" as const), plan }) },
  { weight: 5, arbitrary: fc.record({ do: fc.constant("start" as const), plan, within: index }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("start" as const), plan: tracked }) },
  {
    weight: 9,
    arbitrary: fc.record({
      do: fc.constant("settle" as const),
      body: index,
      how: fc.constantFrom<("value" | "error" | "abort-error")[]>("value", "value", "error", "abort-error"),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant("cancel" as const),
      task: index,
      by: fc.constantFrom<("id" | "handle")[]>("id", "handle"),
    }),
  },
  {
    weight: 8,
    arbitrary: fc.record({ do: fc.constant("advance" as const), byMs: fc.integer({ min: 1, max: 4_000 }) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant("cancelWhere" as const),
      filter: fc.record(
        {
          type: fc.constantFrom<TypeName[]>("slow", "fast", "rated", "free"),
          name: fc.constantFrom<("x" | "y")[]>("x", "y"),
          key: fc.constantFrom<("k" | "l")[]>("k", "l"),
          state: fc.constantFrom<("queued" | "running")[]>("queued", "running"),
          limit: fc.nat({ max: 3 }),
        },
        { requiredKeys: [] },
      ),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant("abort" as const), signal: fc.nat({ max: SIGNALS - 1 }) }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("configure" as const), config }) },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant("sweep" as const), olderThanMs: fc.nat({ max: 6_000 }) }),
  },
);
const shutdown: fc.Arbitrary<Step> = fc.record({
  do: fc.constant("shutdown" as const),
  drain: fc.nat({ max: 6 }),
  grace: fc.nat({ max: 6 }),
});

const parts = {
  config,
  maxFinished: fc.constantFrom(0, 4, 1_000, 1_000),
  steps: fc
    .tuple(
      fc.array(step, { minLength: 10, maxLength: 36, size: "max" }),
      rarely(shutdown, 3),
      fc.array(step, { maxLength: 12, size: "max" }),
    )
    .map(([before, closing, after]) => (closing === undefined ? before : [...before, closing, ...after])),
};

/** Random sequences. Three in ten shut the tracker down midway; all do at the end. */
export function sequencesOf(listens: boolean): fc.Arbitrary<Sequence> {
  return fc.record({ listens: fc.constant(listens), ...parts });
}

/** The types of tasks. */
export const typeNames = ["slow", "fast", "rated", "free"] as const;
export type TypeName = (typeof typeNames)[number];

/** Those that have a policy from the beginning, so limits of their own. `free` may get one later. */
export const limitedTypes: readonly TypeName[] = ["slow", "fast", "rated"];

/** How a body ends: at once, later by a step of its own (`pending`), or with the first child that it ran. */
export type BodyEnd = "value" | "throw" | "pending" | "child";

/** What a body does when it is told to stop. */
export type OnAbort = "ignore" | "reject" | "resolve";

export interface RestartPlan {
  readonly when: "always" | "on-failure" | "second-attempt";
  readonly maxRestarts: number;
  readonly delay: number;
  readonly resetAfter?: number;
}

/** A task to be started. Durations are in units: see `durationsOf`. */
export interface Plan {
  readonly how: "run" | "spawn" | "trySpawn" | "wrap" | "track";
  readonly type: TypeName;
  readonly name: "x" | "y";
  /** How each attempt ends; the last stands for all further ones. */
  readonly ends: readonly BodyEnd[];
  readonly onAbort?: OnAbort;
  readonly children?: readonly Plan[];
  /** Whom the body cancels when it has started its children. */
  readonly cancels?: "self" | "parent";
  readonly priority?: number;
  readonly key?: "k" | "l";
  readonly onDuplicate?: "queue" | "replace" | "drop" | "reject";
  readonly timeout?: number;
  readonly total?: number;
  readonly grace?: number;
  readonly restart?: RestartPlan;
  readonly signal?: number;
  readonly detached?: boolean;
  /** Whether its parent is told explicitly: by the parent's context, or by the option. */
  readonly named?: "context" | "option";
  readonly onShutdown?: "drain" | "cancel" | "wait";
}

export interface LimitsPlan {
  readonly maxRunning?: number;
  readonly maxQueued?: number;
  readonly maxUnresponsive?: number;
  readonly ageingMs?: number;
}

export interface TypePlan {
  readonly maxRunning?: number;
  readonly startsPerSecond?: number;
}

export interface ConfigPlan {
  readonly limits?: LimitsPlan;
  readonly types?: Readonly<Partial<Record<TypeName, TypePlan>>>;
}

export interface FilterPlan {
  readonly type?: TypeName;
  readonly name?: "x" | "y";
  readonly key?: "k" | "l";
  readonly state?: "queued" | "running";
  readonly limit?: number;
}

/** Numbers that name a task or a body count through those there are, modulo their number. */
export type Step =
  | { readonly do: "start"; readonly plan: Plan; readonly within?: number }
  | { readonly do: "settle"; readonly body: number; readonly how: "value" | "error" | "abort-error" }
  | { readonly do: "cancel"; readonly task: number; readonly by: "id" | "handle" }
  | { readonly do: "cancelWhere"; readonly filter: FilterPlan }
  | { readonly do: "abort"; readonly signal: number }
  | { readonly do: "advance"; readonly byMs: number }
  | { readonly do: "configure"; readonly config: ConfigPlan }
  | { readonly do: "sweep"; readonly olderThanMs: number }
  | { readonly do: "shutdown"; readonly drain: number; readonly grace: number };

/** One sequence: how the tracker is made, and what happens to it. */
export interface Sequence {
  readonly config: ConfigPlan;
  readonly maxFinished: number;
  /** Whether somebody subscribes to the events: the tracker takes other ways then. */
  readonly listens: boolean;
  readonly steps: readonly Step[];
}

/** Number of signals that tasks may be given. */
export const SIGNALS = 3;

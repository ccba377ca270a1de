import { InvalidOptionError } from "./invalid-option-error.ts";

/** The values of an options object, by key. Has no prototype: what is not an own option of the user is absent. */
export type OptionBag = Readonly<Record<string, unknown>>;

/**
 * Copies the own options of `given` that are not `undefined`, and refuses the ones that are not in `allowed`.
 * `path` names the object in errors; an empty path stands for the options themselves. `bag` is what they are put
 * into: on hot paths an object that has every allowed key already, which is quicker than one without a prototype.
 */
export function readOptions(
  path: string,
  given: unknown,
  allowed: ReadonlySet<string>,
  bag: Record<string, unknown> = Object.create(null) as Record<string, unknown>,
): OptionBag {
  if (given === undefined) return bag;
  if (typeof given !== "object" || given === null || Array.isArray(given)) {
    throw new InvalidOptionError(path === "" ? "options" : path, given, "an object");
  }
  for (const key of Object.keys(given)) {
    const value: unknown = (given as Record<string, unknown>)[key];
    if (!allowed.has(key)) {
      const known = [...allowed].join(", ");
      throw new InvalidOptionError(
        joinPath(path, key),
        value,
        `no value: the option is unknown (known: ${known})`,
      );
    }
    if (value !== undefined) bag[key] = value;
  }
  return bag;
}

/** The path of an option inside another, its last part cut to a readable length. */
export function joinPath(path: string, key: string): string {
  const part = key.length > 60 ? `${key.slice(0, 60)}…` : key;
  return path === "" ? part : `${path}.${part}`;
}

/** A duration: a number of milliseconds above 0, or `Infinity` where none is wanted. */
export function checkDurationMs(option: string, value: unknown): number {
  if (typeof value === "number" && value > 0) return value;
  throw new InvalidOptionError(option, value, "a number of milliseconds above 0, or Infinity for none");
}

/** A bounded wait or an age: a number of milliseconds from 0, `Infinity` included. */
export function checkWaitMs(option: string, value: unknown): number {
  if (typeof value === "number" && value >= 0) return value;
  throw new InvalidOptionError(option, value, "a number of milliseconds, 0 or more");
}

/** A whole number from `minimum` up. */
export function checkCount(option: string, value: unknown, minimum: number): number {
  if (typeof value === "number" && Number.isSafeInteger(value) && value >= minimum) return value;
  throw new InvalidOptionError(option, value, `a whole number from ${minimum} up`);
}

/** A limit: a whole number from `minimum` up, or `Infinity` for none. */
export function checkLimit(option: string, value: unknown, minimum: number): number {
  if (value === Number.POSITIVE_INFINITY) return value;
  if (typeof value === "number" && Number.isSafeInteger(value) && value >= minimum) return value;
  throw new InvalidOptionError(option, value, `a whole number from ${minimum} up, or Infinity for none`);
}

export function checkBoolean(option: string, value: unknown): boolean {
  if (typeof value === "boolean") return value;
  throw new InvalidOptionError(option, value, "true or false");
}

/** An object of the user's that has the methods by which it will be called. */
export function checkMethods<T extends object>(
  option: string,
  value: unknown,
  methods: readonly (keyof T & string)[],
): T {
  const isWhole =
    typeof value === "object" &&
    value !== null &&
    methods.every((method) => typeof (value as T)[method] === "function");
  if (isWhole) return value as T;
  throw new InvalidOptionError(option, value, `an object with ${methods.join(", ")}`);
}

/** One of a closed list of words. */
export function checkWord<W extends string>(option: string, value: unknown, words: readonly W[]): W {
  const word = words.find((candidate) => candidate === value);
  if (word !== undefined) return word;
  throw new InvalidOptionError(
    option,
    value,
    `one of ${words.map((each) => JSON.stringify(each)).join(", ")}`,
  );
}

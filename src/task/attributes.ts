import { InvalidOptionError } from "../errors/index.ts";
import { truncate } from "./task-name.ts";

/** A value that may hang on a task: it goes on spans and into the console, never into a metric label. */
export type AttributeValue = string | number | boolean;

/** A task's attributes. The object has no prototype, so that any key is only a key. */
export type Attributes = Readonly<Record<string, AttributeValue>>;

/** The most attributes one task holds; further ones are dropped. */
const MAX_ATTRIBUTES = 32;
/** The longest attribute key, in UTF-16 units. */
const MAX_KEY_LENGTH = 128;
/** The longest attribute string, in UTF-16 units. */
const MAX_VALUE_LENGTH = 1_024;

/** The attributes of a task that has none. */
export const noAttributes: Attributes = Object.freeze(Object.create(null) as Record<string, AttributeValue>);

/** Puts one bounded attribute into `target`. Gives false when `target` is full. Throws on a value of another kind. */
export function putAttribute(target: Record<string, AttributeValue>, key: string, value: unknown): boolean {
  if (typeof value !== "string" && typeof value !== "number" && typeof value !== "boolean") {
    throw new InvalidOptionError(`attributes.${truncate(key, 40)}`, value, "a string, number or boolean");
  }
  const boundedKey = truncate(key, MAX_KEY_LENGTH);
  if (!(boundedKey in target) && Object.keys(target).length >= MAX_ATTRIBUTES) return false;
  target[boundedKey] = typeof value === "string" ? truncate(value, MAX_VALUE_LENGTH) : value;
  return true;
}

/** A bounded copy of what the user gave: own enumerable keys only, `undefined` values left out. */
export function copyAttributes(given: unknown): Record<string, AttributeValue> {
  if (typeof given !== "object" || given === null || Array.isArray(given)) {
    throw new InvalidOptionError("attributes", given, "an object of strings, numbers and booleans");
  }
  const copy = Object.create(null) as Record<string, AttributeValue>;
  for (const [key, value] of Object.entries(given)) {
    if (value !== undefined && !putAttribute(copy, key, value)) break;
  }
  return copy;
}

import { InvalidOptionError } from "../errors/index.ts";

/** The longest task name or type, in UTF-16 units; a longer one is cut and ends in "…". */
const MAX_NAME_LENGTH = 128;

/** The name of a task whose function has none. */
export const ANONYMOUS = "anonymous";

// C0 and C1 controls, line and paragraph separators, bidirectional controls, the BOM, and lone surrogates.
const UNSAFE =
  // oxlint-disable-next-line no-control-regex -- control characters are what it looks for
  /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069\ufeff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;

/** Cuts to `maxLength` UTF-16 units without splitting a surrogate pair, marking the cut with "…". */
export function truncate(text: string, maxLength: number): string {
  if (text.length <= maxLength) return text;
  const lastUnit = text.charCodeAt(maxLength - 2);
  const end = lastUnit >= 0xd800 && lastUnit <= 0xdbff ? maxLength - 2 : maxLength - 1;
  return `${text.slice(0, end)}…`;
}

/**
 * Makes a task name or type fit for labels, logs and pages: bounded in length, without control characters (each
 * becomes `_`), never empty. `option` names the place in the error when `value` is no string.
 */
export function boundName(value: unknown, option: string): string {
  if (typeof value !== "string") throw new InvalidOptionError(option, value, "a string");
  const bounded = truncate(value, MAX_NAME_LENGTH).replace(UNSAFE, "_");
  return bounded === "" ? ANONYMOUS : bounded;
}

/** The bounded name of a function; {@link ANONYMOUS} when it has none, tells none, or its `name` is not a plain string. */
export function functionName(fn: (...args: never[]) => unknown): string {
  let name: unknown;
  try {
    name = Object.getOwnPropertyDescriptor(fn, "name")?.value;
  } catch {
    // A proxy that does not tell.
  }
  return typeof name === "string" ? boundName(name, "name") : ANONYMOUS;
}

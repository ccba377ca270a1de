import { isObject } from "./protocol.ts";
import { RefusedReport } from "./refused-report.ts";

/** The longest label that is taken, in UTF-16 units. */
const MAX_LABEL_LENGTH = 256;

/** How many entries a map or list of a report may have. */
const MAX_ENTRIES = 5_000;

// Controls, lone surrogates, line separators, bidirectional controls and the BOM: no tracker lets them into a label, and what
// plugins contribute is made fit before it is sent.
const UNSAFE = /[\p{Cc}\p{Cs}\u2028\u2029\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069\ufeff]/u;
const ALL_UNSAFE = new RegExp(UNSAFE, "gu");

export function malformed(what: string): RefusedReport {
  return new RefusedReport("malformed", what);
}

export function objectOf(value: unknown, what: string): Readonly<Record<string, unknown>> {
  if (isObject(value) && !Array.isArray(value)) return value;
  throw malformed(`${what} is no object`);
}

/** A text as {@link labelOf} takes it, if it is not too long: what may not stand in a label becomes `_`. */
export function fitLabel(text: string): string {
  return text.replace(ALL_UNSAFE, "_");
}

/** A text that may stand in a label. */
export function labelOf(value: unknown, what: string): string {
  if (typeof value === "string" && value.length <= MAX_LABEL_LENGTH && !UNSAFE.test(value)) return value;
  throw malformed(`${what} is no label`);
}

/** A whole number from 0 that can still be counted up exactly. */
export function countOf(value: unknown, what: string): number {
  if (typeof value === "number" && Number.isSafeInteger(value) && value >= 0) return value;
  throw malformed(`${what} is no count`);
}

/** A finite number from 0. */
export function amountOf(value: unknown, what: string): number {
  if (typeof value === "number" && Number.isFinite(value) && value >= 0) return value;
  throw malformed(`${what} is no amount`);
}

export function flagOf(value: unknown, what: string): boolean {
  if (typeof value === "boolean") return value;
  throw malformed(`${what} is neither true nor false`);
}

export function listOf(value: unknown, what: string): readonly unknown[] {
  if (Array.isArray(value) && value.length <= MAX_ENTRIES) return value;
  throw malformed(`${what} is no list of at most ${MAX_ENTRIES}`);
}

/** A map that was sent as a list of pairs of a label and a number. */
export function mapOf(
  value: unknown,
  what: string,
  number: (value: unknown, what: string) => number,
): ReadonlyMap<string, number> {
  const entries = listOf(value, what).map((entry) => {
    const [key, amount] = listOf(entry, what);
    return [labelOf(key, what), number(amount, what)] as const;
  });
  return new Map(entries);
}

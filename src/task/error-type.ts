import { truncate } from "./task-name.ts";

/** The label of an error whose class name cannot be one. */
export const OTHER_ERROR_TYPE = "_OTHER";

const LABEL_PATTERN = /^[A-Za-z_$][\w$.]{0,63}$/;
const RESERVED = new Set(["timeout", "lost"]);
const MAX_MESSAGE_LENGTH = 1_024;

/**
 * A label for what a body threw: the class name of an Error (its `name` where the class says no more than `Error` or
 * `DOMException`), or `_OTHER` for anything else, for names that do not look like one, and for names that would pass
 * for one of ours. Reads hostile objects safely. Follows OpenTelemetry's `error.type`: low cardinality, no message.
 */
export function errorTypeOf(error: unknown): string {
  try {
    if (!(error instanceof Error)) return OTHER_ERROR_TYPE;
    const className: unknown = error.constructor.name;
    const name: unknown = className === "Error" || className === "DOMException" ? error.name : className;
    return typeof name === "string" && LABEL_PATTERN.test(name) && !RESERVED.has(name)
      ? name
      : OTHER_ERROR_TYPE;
  } catch {
    return OTHER_ERROR_TYPE;
  }
}

/** What an error says, capped; empty when it will not say. Reads hostile objects safely. */
export function errorMessageOf(error: unknown): string {
  try {
    const message: unknown = error instanceof Error ? error.message : error;
    if (typeof message === "string") return truncate(message, MAX_MESSAGE_LENGTH);
    // An object's text would be code of the object's own; a symbol has none worth showing.
    return message === null || typeof message === "number" || typeof message === "undefined"
      ? String(message)
      : "";
  } catch {
    return "";
  }
}

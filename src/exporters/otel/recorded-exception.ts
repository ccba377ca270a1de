import type { Exception } from "@opentelemetry/api";

const MAX_MESSAGE_LENGTH = 1_024;
const MAX_STACK_LENGTH = 16_384;

/** What a span records of a throw. It always has a type, so that the record is valid whatever was thrown. */
export interface RecordedException {
  readonly name: string;
  readonly message: string;
  readonly stack?: string;
}

/**
 * Reads what a body threw, for a span: an Error's class, message and stack, or the kind and text of anything else. Bounded,
 * and safe with hostile objects: a getter that throws counts as absent. `code` is left out on purpose: OpenTelemetry
 * would record it as the exception's type.
 */
export function recordedException(thrown: unknown): RecordedException & Exception {
  if ((typeof thrown !== "object" && typeof thrown !== "function") || thrown === null) {
    return {
      name: thrown === null ? "null" : typeof thrown,
      message: cut(String(thrown), MAX_MESSAGE_LENGTH),
    };
  }
  const stack = readString(thrown, "stack");
  return {
    name: classOf(thrown),
    message: cut(readString(thrown, "message") ?? "", MAX_MESSAGE_LENGTH),
    ...(stack === undefined ? {} : { stack: cut(stack, MAX_STACK_LENGTH) }),
  };
}

function classOf(thrown: object): string {
  const name = readString(thrown, "name");
  if (name !== undefined && name !== "" && name !== "Error") return cut(name, 128);
  const className = readString(read(thrown, "constructor"), "name");
  return className === undefined || className === "" ? (name ?? typeof thrown) : cut(className, 128);
}

function readString(target: unknown, key: string): string | undefined {
  const value = read(target, key);
  return typeof value === "string" ? value : undefined;
}

function read(target: unknown, key: string): unknown {
  try {
    return (target as Record<string, unknown> | null | undefined)?.[key];
  } catch {
    return undefined;
  }
}

function cut(text: string, maxLength: number): string {
  return text.length <= maxLength ? text : `${text.slice(0, maxLength - 1)}…`;
}

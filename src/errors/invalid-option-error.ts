import { TaskscopeError } from "./taskscope-error.ts";

/** An option has a value that it does not take. The message names the option, what it got and what it takes. */
export class InvalidOptionError extends TaskscopeError {
  override readonly name: string = "InvalidOptionError";
  /** The path of the option, for example `types.database.timeoutMs`. */
  readonly option: string;

  constructor(option: string, received: unknown, expected: string) {
    super("TASKSCOPE_INVALID_OPTION", `${option} takes ${expected}, got ${describeValue(received)}`);
    this.option = option;
  }
}

/** Names a value for an error message: its kind always, its content only when it is short. Runs no code of the value. */
function describeValue(value: unknown): string {
  switch (typeof value) {
    case "string":
      return value.length > 60
        ? `a string of ${value.length} characters`
        : `${JSON.stringify(value)} (string)`;
    case "number":
      return `${Object.is(value, -0) ? "-0" : String(value)} (number)`;
    case "bigint":
    case "boolean":
      return `${String(value)} (${typeof value})`;
    case "undefined":
      return "undefined";
    case "symbol":
      return "a symbol";
    case "function":
      return "a function";
    case "object":
      if (value === null) return "null";
      return Array.isArray(value) ? "an array" : "an object";
  }
}

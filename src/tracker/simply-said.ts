/** What nearly every description consists of: plain values, which tell by themselves whether they are the same. */
export class SimplySaid {
  readonly name: unknown;
  readonly type: unknown;
  readonly priority: unknown;
  readonly timeoutMs: unknown;
  readonly totalTimeoutMs: unknown;
  readonly cancelGraceMs: unknown;
  readonly onShutdown: unknown;

  constructor(
    name: unknown,
    type: unknown,
    priority: unknown,
    timeoutMs: unknown,
    totalTimeoutMs: unknown,
    cancelGraceMs: unknown,
    onShutdown: unknown,
  ) {
    this.name = name;
    this.type = type;
    this.priority = priority;
    this.timeoutMs = timeoutMs;
    this.totalTimeoutMs = totalTimeoutMs;
    this.cancelGraceMs = cancelGraceMs;
    this.onShutdown = onShutdown;
  }
}

/**
 * Reads a description that says nothing but {@link SimplySaid}; `undefined` for any other. Tasks of one place in a program
 * are described alike, in an object of their own each: where it says what `last` says, that one is given again.
 */
export function simplySaid(given: unknown, last: SimplySaid | undefined): SimplySaid | undefined {
  let name: unknown;
  let type: unknown;
  let priority: unknown;
  let timeoutMs: unknown;
  let totalTimeoutMs: unknown;
  let cancelGraceMs: unknown;
  let onShutdown: unknown;
  if (typeof given === "string") name = given;
  else {
    if (typeof given !== "object" || given === null || Array.isArray(given)) return undefined;
    const keys = Object.keys(given);
    // Before anything is read: what is read here is not to be read again.
    for (const key of keys) if (!isSimple(key)) return undefined;
    const options = given as SimplySaid;
    for (const key of keys) {
      switch (key) {
        case "name":
          ({ name } = options);
          break;
        case "type":
          ({ type } = options);
          break;
        case "priority":
          ({ priority } = options);
          break;
        case "timeoutMs":
          ({ timeoutMs } = options);
          break;
        case "totalTimeoutMs":
          ({ totalTimeoutMs } = options);
          break;
        case "cancelGraceMs":
          ({ cancelGraceMs } = options);
          break;
        case "onShutdown":
          ({ onShutdown } = options);
          break;
      }
    }
  }
  if (
    last !== undefined &&
    last.name === name &&
    last.type === type &&
    last.priority === priority &&
    last.timeoutMs === timeoutMs &&
    last.totalTimeoutMs === totalTimeoutMs &&
    last.cancelGraceMs === cancelGraceMs &&
    last.onShutdown === onShutdown
  )
    return last;
  return new SimplySaid(name, type, priority, timeoutMs, totalTimeoutMs, cancelGraceMs, onShutdown);
}

/** Without a set of keys, for looking them up there takes longer than all the rest. */
function isSimple(key: string): boolean {
  switch (key) {
    case "name":
    case "type":
    case "priority":
    case "timeoutMs":
    case "totalTimeoutMs":
    case "cancelGraceMs":
    case "onShutdown":
      return true;
    default:
      return false;
  }
}

/** Whether two descriptions of one name and type say the same. */
export function saysTheSame(a: SimplySaid, b: SimplySaid): boolean {
  return (
    a.priority === b.priority &&
    a.timeoutMs === b.timeoutMs &&
    a.totalTimeoutMs === b.totalTimeoutMs &&
    a.cancelGraceMs === b.cancelGraceMs &&
    a.onShutdown === b.onShutdown
  );
}

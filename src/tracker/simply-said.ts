/** What nearly every description consists of: plain values, which tell by themselves whether they are the same. */
export class SimplySaid {
  name: unknown = undefined;
  type: unknown = undefined;
  priority: unknown = undefined;
  timeoutMs: unknown = undefined;
  totalTimeoutMs: unknown = undefined;
  cancelGraceMs: unknown = undefined;
  onShutdown: unknown = undefined;
}

const simpleKeys: ReadonlySet<string> = new Set(Object.keys(new SimplySaid()));

/**
 * Reads a description that says nothing but {@link SimplySaid}; `undefined` for any other. Tasks of one place in a program
 * are described alike, in an object of their own each: what was read of the one before holds.
 */
export function simplySaid(given: unknown): SimplySaid | undefined {
  const said = new SimplySaid();
  if (typeof given === "string") {
    said.name = given;
    return said;
  }
  if (typeof given !== "object" || given === null || Array.isArray(given)) return undefined;
  const keys = Object.keys(given);
  // Before anything is read: what is read here is not to be read again.
  for (const key of keys) if (!simpleKeys.has(key)) return undefined;
  const options = given as SimplySaid;
  for (const key of keys) {
    switch (key) {
      case "name":
        said.name = options.name;
        break;
      case "type":
        said.type = options.type;
        break;
      case "priority":
        said.priority = options.priority;
        break;
      case "timeoutMs":
        said.timeoutMs = options.timeoutMs;
        break;
      case "totalTimeoutMs":
        said.totalTimeoutMs = options.totalTimeoutMs;
        break;
      case "cancelGraceMs":
        said.cancelGraceMs = options.cancelGraceMs;
        break;
      case "onShutdown":
        said.onShutdown = options.onShutdown;
        break;
    }
  }
  return said;
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

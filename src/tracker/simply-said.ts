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

/**
 * Reads a description that says nothing but {@link SimplySaid}; `undefined` for any other. Tasks of one place in a program
 * are described alike, in an object of their own each: what was read of the one before holds.
 */
export function simplySaid(given: unknown): SimplySaid | undefined {
  if (typeof given !== "object" || given === null) return undefined;
  const said = new SimplySaid();
  const options = given as SimplySaid;
  for (const key of Object.keys(given)) {
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
      default:
        return undefined;
    }
  }
  return said;
}

/** Whether two descriptions of one name and type say the same. `undefined` says nothing more. */
export function saysTheSame(a: SimplySaid | undefined, b: SimplySaid | undefined): boolean {
  return (
    a?.priority === b?.priority &&
    a?.timeoutMs === b?.timeoutMs &&
    a?.totalTimeoutMs === b?.totalTimeoutMs &&
    a?.cancelGraceMs === b?.cancelGraceMs &&
    a?.onShutdown === b?.onShutdown
  );
}

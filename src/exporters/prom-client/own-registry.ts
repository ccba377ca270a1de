import { createRequire } from "node:module";
import type { Registry, RegistryContentType } from "prom-client";
import { TaskscopeError } from "../../errors/index.ts";

/**
 * A registry of our own, for users who brought none. prom-client is an optional peer, and only needed as a value here:
 * whoever brings a registry has it already.
 */
export function createRegistry<ContentType extends RegistryContentType>(): Registry<ContentType> {
  let promClient: typeof import("prom-client");
  try {
    promClient = createRequire(import.meta.url)("prom-client") as typeof import("prom-client");
  } catch (error) {
    throw new TaskscopeError(
      "TASKSCOPE_MISSING_PACKAGE",
      "promClient() without a registry needs the package prom-client: npm install prom-client",
      { cause: error },
    );
  }
  return new promClient.Registry<ContentType>();
}

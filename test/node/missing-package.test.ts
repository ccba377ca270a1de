import module from "node:module";
import { createTracker } from "taskscope";
import { nodeTelemetry } from "taskscope/node";
import { promClient } from "taskscope/prom-client";
import { afterEach, expect, test } from "vitest";

interface Resolver {
  _resolveFilename: (this: void, request: string, ...rest: unknown[]) => string;
}

const resolver = module as unknown as Resolver;
const resolveFilename = resolver._resolveFilename;
afterEach(() => {
  resolver._resolveFilename = resolveFilename;
});

/** Makes Node's own resolution fail for a package, as it does where the package is not installed. */
function uninstall(name: string): void {
  resolver._resolveFilename = (request, ...rest) => {
    if (request !== name) return resolveFilename(request, ...rest);
    throw Object.assign(new Error(`Cannot find module '${name}'`), { code: "MODULE_NOT_FOUND" });
  };
}

const missing = (install: string): object => ({
  code: "TASKSCOPE_MISSING_PACKAGE",
  message: expect.stringContaining(`npm install ${install}`) as string,
  cause: expect.objectContaining({ code: "MODULE_NOT_FOUND" }) as unknown,
});

test("without the SDK, the error says what to install", () => {
  uninstall("@opentelemetry/sdk-node");
  expect(() => createTracker({ plugins: [nodeTelemetry()] })).toThrow(
    expect.objectContaining(missing("@opentelemetry/api @opentelemetry/sdk-node")),
  );
});

test("without prom-client, a registry of one's own is an error that says what to install", () => {
  uninstall("prom-client");
  expect(() => createTracker({ plugins: [promClient()] })).toThrow(
    expect.objectContaining(missing("prom-client")),
  );
  const plugin = promClient();
  expect(() => plugin.registry).toThrow(expect.objectContaining(missing("prom-client")));
});

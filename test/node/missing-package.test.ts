import { createTracker } from "taskscope";
import { nodeTelemetry } from "taskscope/node";
import { promClient } from "taskscope/prom-client";
import { expect, test } from "vitest";
import { uninstall } from "../fixtures/uninstall.ts";

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

import { openTelemetrySink } from "taskscope/log";
import { expect, test } from "vitest";
import { uninstall } from "../../fixtures/uninstall.ts";
import { logsPackage } from "../otel/logs-api.ts";

test("without OpenTelemetry's API for logs, the error says what to install", () => {
  uninstall(logsPackage);
  expect(() => openTelemetrySink()).toThrow(
    expect.objectContaining({
      code: "TASKSCOPE_MISSING_PACKAGE",
      message: expect.stringContaining("npm install @opentelemetry/api @opentelemetry/api-logs") as string,
      cause: expect.objectContaining({ code: "MODULE_NOT_FOUND" }) as unknown,
    }),
  );
});

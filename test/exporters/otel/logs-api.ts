import * as api from "@opentelemetry/api";
import * as logsApi from "@opentelemetry/api-logs";

/** Where the API for logs is: with OpenTelemetry 3.x in the one API, beside the SDK 2.x in a package of its own. */
export const logsPackage: string = "logs" in api ? "@opentelemetry/api" : "@opentelemetry/api-logs";

/** OpenTelemetry's API for logs, as the SDK that is installed has it. */
export const { logs } = "logs" in api ? (api as object as typeof logsApi) : logsApi;

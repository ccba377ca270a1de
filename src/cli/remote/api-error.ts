import { CommandError } from "../command-error.ts";
import { exitCodes } from "../exit-codes.ts";
import type { ExitCode } from "../exit-codes.ts";

/** Why an API did not give what was asked for: a code of its own, or one of the ways in which none is reached. */
export type ApiErrorCode = "unreachable" | "not_an_api" | "other_version" | (string & {});

const exitCodeOf: Readonly<Record<string, ExitCode>> = {
  unreachable: exitCodes.unreachable,
  not_an_api: exitCodes.unreachable,
  other_version: exitCodes.unreachable,
  unknown_host: exitCodes.refused,
  unauthorized: exitCodes.refused,
  forbidden_origin: exitCodes.refused,
  actions_disabled: exitCodes.refused,
  bad_request: exitCodes.badUsage,
};

/** An API was not reached, or refused. The message says what to do. Its `exitCode` follows from its `code`. */
export class ApiError extends CommandError {
  override readonly name: string = "ApiError";
  readonly code: ApiErrorCode;

  constructor(code: ApiErrorCode, message: string, options?: ErrorOptions) {
    super(message, exitCodeOf[code] ?? exitCodes.failed, options);
    this.code = code;
  }
}

import { ApiError } from "./api-error.ts";

/** The header of every answer of an API of taskscope: what it speaks. */
export const VERSION_HEADER = "taskscope-api";
/** The first part of the versions that this command understands. */
const MAJOR_VERSION = "1";

/** Which API it is about. */
interface Place {
  readonly url: string;
  readonly hasToken: boolean;
}

/** Throws where what answers is no API of taskscope, or one of another time. */
export function checkIsApi(response: Response, url: string): void {
  const version = response.headers.get(VERSION_HEADER);
  if (version === null) {
    void response.body?.cancel().catch(() => {});
    throw new ApiError(
      "not_an_api",
      `${url} answers (status ${response.status}), but not as an API of taskscope does: check port and path, ` +
        "as in http://127.0.0.1:9465 or, where httpApi() is mounted below a path, http://127.0.0.1:3000/ops",
    );
  }
  if (version.split(".", 1)[0] === MAJOR_VERSION) return;
  void response.body?.cancel().catch(() => {});
  throw new ApiError(
    "other_version",
    `${url} speaks version ${version} of the API, this command version ${MAJOR_VERSION}: ` +
      "use the command of the taskscope that the process runs, with npx in its folder",
  );
}

/** Why a request got no answer. */
export function explainFailure(error: unknown, url: string): ApiError {
  if (error instanceof ApiError) return error;
  const code = codeOf(error);
  const why =
    code === "ECONNREFUSED"
      ? "nothing listens there. Does the process run, with httpApi({ listen: { port } }) among its plugins?"
      : code === "ENOTFOUND" || code === "EAI_AGAIN"
        ? "there is no host of this name"
        : `the connection failed${code === undefined ? "" : ` (${code})`}`;
  return new ApiError("unreachable", `cannot reach ${url}: ${why}`, { cause: error });
}

/** What an answer that is none says, with what to do about it. */
export function problemOf(status: number, body: Readonly<Record<string, unknown>>, place: Place): ApiError {
  const { code, message } = (body["error"] ?? {}) as { readonly code?: unknown; readonly message?: unknown };
  const said = typeof message === "string" ? message : `status ${status}`;
  if (typeof code !== "string") return new ApiError("bad_answer", `${place.url}: ${said}`);
  return new ApiError(code, adviceFor(code, place) ?? `${place.url}: ${said}`);
}

function adviceFor(code: string, { url, hasToken }: Place): string | undefined {
  switch (code) {
    case "unauthorized":
      return hasToken
        ? `${url} does not take the token that was given`
        : `${url} wants a token: set TASKSCOPE_TOKEN, or give --token`;
    case "actions_disabled":
      return `${url} only shows tasks: the process allows more with httpApi({ actions: true })`;
    case "unknown_host":
      return `${url} does not answer to this host name: the process allows it with httpApi({ hosts: [${JSON.stringify(new URL(url).hostname)}] })`;
    default:
      return undefined;
  }
}

/** `fetch` hides why it failed; with several addresses of a host, once more. */
function codeOf(error: unknown): string | undefined {
  for (let each = error; each instanceof Error; each = each.cause) {
    if ("code" in each && typeof each.code === "string") return each.code;
    if (each instanceof AggregateError) return codeOf(each.errors[0]);
  }
  return undefined;
}

/** Every `error.code` that the API answers with, and its status. A code is stable; the message beside it is prose. */
export const problemStatuses = {
  bad_request: 400,
  unauthorized: 401,
  forbidden_origin: 403,
  actions_disabled: 403,
  not_found: 404,
  method_not_allowed: 405,
  not_cancellable: 409,
  body_too_large: 413,
  url_too_long: 414,
  unsupported_media_type: 415,
  unknown_host: 421,
  internal: 500,
  too_many_streams: 503,
  closed: 503,
} as const;

/** One of the stable codes of {@link problemStatuses}. */
export type ProblemCode = keyof typeof problemStatuses;

/** A request that cannot be answered as asked. The message reaches the client: it is bounded and names nothing of ours. */
export class ApiProblem extends Error {
  override readonly name: string = "ApiProblem";
  readonly code: ProblemCode;
  readonly headers: Readonly<Record<string, string>>;

  constructor(code: ProblemCode, message: string, headers: Readonly<Record<string, string>> = {}) {
    super(message);
    this.code = code;
    this.headers = headers;
  }

  toResponse(): Response {
    return jsonResponse(
      { error: { code: this.code, message: this.message } },
      problemStatuses[this.code],
      this.headers,
    );
  }
}

/** A reply as JSON. `undefined` fields are left out, numbers that JSON has not (`Infinity`) are null. */
export function jsonResponse(
  body: unknown,
  status = 200,
  headers: Readonly<Record<string, string>> = {},
): Response {
  return jsonTextResponse(JSON.stringify(body), status, headers);
}

/** A reply that is written as JSON already. */
export function jsonTextResponse(
  text: string,
  status = 200,
  headers: Readonly<Record<string, string>> = {},
): Response {
  return new Response(`${text}\n`, {
    status,
    headers: { "content-type": "application/json; charset=utf-8", "cache-control": "no-store", ...headers },
  });
}

/** Text of a client's, as it may stand in a message. */
export function quoted(text: string): string {
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text);
}

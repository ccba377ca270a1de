import { createHash, timingSafeEqual } from "node:crypto";
import { ApiProblem } from "./api-problem.ts";
import { isLoopback } from "./http-options.ts";
import type { ResolvedHttpOptions } from "./http-options.ts";

/** Longer URLs are of nobody who means well: every parameter is bounded. */
const MAX_URL = 8_192;

type AccessOptions = Pick<ResolvedHttpOptions, "token" | "authorize" | "hosts" | "origins">;

/** Who may ask. */
export class Access {
  readonly #options: AccessOptions;
  readonly #tokenHash: Buffer | undefined;

  constructor(options: AccessOptions) {
    this.#options = options;
    this.#tokenHash = options.token === undefined ? undefined : hash(options.token);
  }

  /** Throws an {@link ApiProblem} for a request that is not to be answered. */
  async check(request: Request): Promise<void> {
    this.checkHost(request);
    this.#checkOrigin(request);
    await this.#checkPermission(request);
  }

  /** Refuses what no route may see, whoever asks. */
  checkLength(request: Request): void {
    if (request.url.length > MAX_URL)
      throw new ApiProblem("url_too_long", `The URL is longer than ${MAX_URL} characters`);
  }

  /** The headers that let a page of another origin read the answer, if it is one of the origins that may. */
  corsHeaders(request: Request): Readonly<Record<string, string>> {
    const origin = request.headers.get("origin");
    if (origin === null || !this.#options.origins.has(origin)) return {};
    return { "access-control-allow-origin": origin, vary: "Origin" };
  }

  /** Answers the question of a browser whether such a page may send what it wants to send; `undefined`: it is none. */
  preflight(request: Request): Response | undefined {
    const isAsked = request.method === "OPTIONS" && request.headers.has("access-control-request-method");
    if (!isAsked || this.#isForeign(request)) return undefined;
    return new Response(null, {
      status: 204,
      headers: {
        "access-control-allow-methods": "GET, HEAD, POST",
        "access-control-allow-headers": "authorization, content-type, last-event-id",
        "access-control-max-age": "600",
      },
    });
  }

  /**
   * Throws for a host that is none of ours: a page of an attacker's can make its own name mean this machine (DNS
   * rebinding), and then is of the same origin; the `Host` it sends is that name.
   */
  checkHost(request: Request): void {
    const host = request.headers.get("host") ?? new URL(request.url).host;
    const name = host.replace(/:\d{1,5}$/, "").toLowerCase();
    const { hosts } = this.#options;
    if (!isLoopback(name) && !hosts.has(name) && !hosts.has("*"))
      throw new ApiProblem("unknown_host", "This host name is not one of those that the option hosts names");
  }

  /** Browsers say which page asks. What is no browser says nothing, and has no user whose rights could be abused. */
  #checkOrigin(request: Request): void {
    if (this.#isForeign(request))
      throw new ApiProblem("forbidden_origin", "Pages of this origin may not use the API (option origins)");
  }

  #isForeign(request: Request): boolean {
    const origin = request.headers.get("origin");
    if (origin === null) return request.headers.get("sec-fetch-site") === "cross-site";
    if (this.#options.origins.has(origin)) return false;
    const host = request.headers.get("host") ?? new URL(request.url).host;
    return origin !== `http://${host}` && origin !== `https://${host}`;
  }

  async #checkPermission(request: Request): Promise<void> {
    const { authorize } = this.#options;
    const isAllowed =
      (this.#tokenHash === undefined || this.#hasToken(request, this.#tokenHash)) &&
      (authorize === undefined || (await asks(authorize, request)));
    if (isAllowed) return;
    throw new ApiProblem("unauthorized", "Permission is needed: authorization: Bearer <token>", {
      "www-authenticate": 'Bearer realm="taskscope"',
    });
  }

  /** Hashes are of one length, so that the comparison takes the same time whatever was sent. */
  #hasToken(request: Request, wanted: Buffer): boolean {
    const [, given] = /^bearer (.+)$/i.exec(request.headers.get("authorization") ?? "") ?? [];
    return given !== undefined && timingSafeEqual(hash(given), wanted);
  }
}

async function asks(authorize: NonNullable<AccessOptions["authorize"]>, request: Request): Promise<boolean> {
  try {
    return (await authorize(request)) === true;
  } catch {
    return false;
  }
}

function hash(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}

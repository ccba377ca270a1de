import {
  checkBoolean,
  checkCount,
  checkLimit,
  checkMethods,
  InvalidOptionError,
  readOptions,
} from "../../errors/index.ts";
import type { HealthSource } from "./health-source.ts";

/** What `httpApi` takes. */
export interface HttpApiOptions {
  /** Starts a server of its own; without this, mount {@link HttpApi.handler} or {@link HttpApi.fetch}. */
  readonly listen?: ListenOptions | undefined;
  /** The path it is mounted at where the host does not take that off the URL (`node:http`, Fastify). Default: none. */
  readonly basePath?: string | undefined;
  /** What clients send as `authorization: Bearer …`: 16 characters or more. */
  readonly token?: string | undefined;
  /** Whether to answer a request; asked instead of `token`, or after it. One that throws or rejects says no. */
  readonly authorize?: ((request: Request) => boolean | Promise<boolean>) | undefined;
  /**
   * The names by which clients reach the API, besides those of the loopback: what may stand in `Host`. `"*"` takes any, and
   * wants a token or `authorize`.
   */
  readonly hosts?: readonly string[] | undefined;
  /** Origins of pages elsewhere that may use the API: `https://ops.example`. Default: only pages of the API's own origin. */
  readonly origins?: readonly string[] | undefined;
  /** Whether tasks may be cancelled. Default false. */
  readonly actions?: boolean | undefined;
  /** What `/health` and `/alerts` show: `healthRules()` of `taskscope/health`. Default: nothing is watched. */
  readonly health?: HealthSource | undefined;
  /**
   * Whether the `taskscope` command of the same user finds this process without being told where it is: a small file in
   * a folder of that user's says it, for as long as the API is there. Default true with `listen`. Where the API is mounted
   * in another server, its URL.
   */
  readonly announce?: boolean | string | undefined;
  /** Whether the console, a page for people, is served at `/`. Default true. */
  readonly console?: boolean | undefined;
  /** Where the console finds a trace: a URL with `{traceId}` in it, as in `"https://jaeger.example/trace/{traceId}"`. */
  readonly traceUrl?: string | undefined;
  /** Open streams of events at a time. Default 100. */
  readonly maxStreams?: number | undefined;
  /** Events kept for readers that come back. Default 1,000. */
  readonly keptEvents?: number | undefined;
  /**
   * Events a second that readers may cause to be sent. When more happen, those that every task has are left out for some
   * seconds, and readers are told: following must not slow down what is followed. Default 5,000; `Infinity` for no bound.
   */
  readonly maxEventsPerSecond?: number | undefined;
}

/** Where a server listens. */
export interface ListenOptions {
  /** 0: any that is free. */
  readonly port: number;
  /** Default `"127.0.0.1"`. Another than the loopback's wants a token or `authorize`. */
  readonly host?: string | undefined;
  /** Whether the server keeps the process running. Default true: it was asked for. */
  readonly keepAlive?: boolean | undefined;
}

/** {@link ListenOptions}, checked. */
export interface ListenAddress {
  readonly port: number;
  readonly host: string;
  readonly keepAlive: boolean;
}

/** {@link HttpApiOptions}, checked. */
export interface ResolvedHttpOptions {
  readonly listen: ListenAddress | undefined;
  readonly basePath: string;
  readonly token: string | undefined;
  readonly authorize: HttpApiOptions["authorize"];
  readonly hosts: ReadonlySet<string>;
  readonly origins: ReadonlySet<string>;
  readonly actions: boolean;
  readonly health: HealthSource | undefined;
  readonly announce: boolean | string;
  readonly console: boolean;
  readonly traceUrl: string | undefined;
  readonly maxStreams: number;
  readonly keptEvents: number;
  readonly maxEventsPerSecond: number;
}

const allowed: ReadonlySet<string> = new Set([
  "listen",
  "basePath",
  "token",
  "authorize",
  "hosts",
  "origins",
  "actions",
  "health",
  "announce",
  "console",
  "traceUrl",
  "maxStreams",
  "keptEvents",
  "maxEventsPerSecond",
] satisfies (keyof HttpApiOptions)[]);

const MIN_TOKEN = 16;

/** Checks the options of `httpApi`. Throws an `InvalidOptionError` that names the bad one. */
export function readHttpOptions(given: unknown): ResolvedHttpOptions {
  const bag = readOptions("httpApi", given, allowed);
  const listen = bag["listen"] === undefined ? undefined : readListen(bag["listen"]);
  const token = bag["token"] === undefined ? undefined : checkToken(bag["token"]);
  const authorize = bag["authorize"];
  if (authorize !== undefined && typeof authorize !== "function")
    throw new InvalidOptionError("httpApi.authorize", authorize, "a function of a Request");
  const hosts = new Set(
    checkWords("httpApi.hosts", bag["hosts"], /^(\*|[a-z0-9.-]+|\[[0-9a-f:.]+\])$/i, "host names"),
  );
  const isGuarded = token !== undefined || authorize !== undefined;
  if (hosts.has("*") && !isGuarded)
    throw new InvalidOptionError(
      "httpApi.hosts",
      "*",
      "host names by name, unless there is a token or authorize",
    );
  if (listen !== undefined && !isLoopback(listen.host) && !isGuarded)
    throw new InvalidOptionError(
      "httpApi.listen.host",
      listen.host,
      "a host of the loopback, unless there is a token or authorize",
    );
  return {
    listen,
    basePath: bag["basePath"] === undefined ? "" : checkPath(bag["basePath"]),
    token,
    authorize: authorize as HttpApiOptions["authorize"],
    hosts: new Set([...hosts].map((host) => host.toLowerCase())),
    origins: new Set(
      checkWords(
        "httpApi.origins",
        bag["origins"],
        /^https?:\/\/[^/]+$/,
        "origins such as https://ops.example",
      ),
    ),
    actions: bag["actions"] === undefined ? false : checkBoolean("httpApi.actions", bag["actions"]),
    health:
      bag["health"] === undefined
        ? undefined
        : checkMethods<HealthSource>("httpApi.health", bag["health"], ["report"]),
    announce: bag["announce"] === undefined ? true : checkAnnounce(bag["announce"]),
    console: bag["console"] === undefined ? true : checkBoolean("httpApi.console", bag["console"]),
    traceUrl: bag["traceUrl"] === undefined ? undefined : checkTraceUrl(bag["traceUrl"]),
    maxStreams:
      bag["maxStreams"] === undefined ? 100 : checkCount("httpApi.maxStreams", bag["maxStreams"], 0),
    keptEvents:
      bag["keptEvents"] === undefined ? 1_000 : checkCount("httpApi.keptEvents", bag["keptEvents"], 1),
    maxEventsPerSecond:
      bag["maxEventsPerSecond"] === undefined
        ? 5_000
        : checkLimit("httpApi.maxEventsPerSecond", bag["maxEventsPerSecond"], 1),
  };
}

/** Whether a host name means this machine, whatever the network says. */
export function isLoopback(host: string): boolean {
  return /^(localhost|127(\.\d{1,3}){3}|\[?::1\]?)$/i.test(host);
}

function readListen(given: unknown): ListenAddress {
  const bag = readOptions("httpApi.listen", given, new Set(["port", "host", "keepAlive"]));
  const port = checkCount("httpApi.listen.port", bag["port"], 0);
  if (port > 65_535) throw new InvalidOptionError("httpApi.listen.port", port, "a port from 0 to 65535");
  const host = bag["host"] ?? "127.0.0.1";
  if (typeof host !== "string" || host === "")
    throw new InvalidOptionError("httpApi.listen.host", host, "a string that is not empty");
  const keepAlive =
    bag["keepAlive"] === undefined ? true : checkBoolean("httpApi.listen.keepAlive", bag["keepAlive"]);
  return { port, host, keepAlive };
}

function checkToken(given: unknown): string {
  if (typeof given === "string" && given.length >= MIN_TOKEN) return given;
  // Never the token itself: an error ends up in logs.
  throw new InvalidOptionError(
    "httpApi.token",
    typeof given === "string" ? "*".repeat(given.length) : typeof given,
    `a string of ${MIN_TOKEN} characters or more`,
  );
}

function checkPath(given: unknown): string {
  if (typeof given === "string" && (given === "" || /^(\/[\w.~-]+)+$/.test(given))) return given;
  throw new InvalidOptionError(
    "httpApi.basePath",
    given,
    "a path such as /ops/tasks, without a slash at its end",
  );
}

function checkAnnounce(given: unknown): boolean | string {
  if (typeof given === "boolean") return given;
  const url = typeof given === "string" && URL.canParse(given) ? new URL(given) : undefined;
  const isFit =
    url !== undefined && /^https?:$/.test(url.protocol) && url.username === "" && url.password === "";
  if (isFit) return `${url.origin}${url.pathname}`.replace(/\/+$/, "");
  // Never the text itself: a password may stand in it.
  throw new InvalidOptionError(
    "httpApi.announce",
    typeof given,
    "true, false, or the http or https URL of the API, without user and password",
  );
}

function checkTraceUrl(given: unknown): string {
  const isFit = typeof given === "string" && /^https?:\/\//.test(given) && URL.canParse(given);
  if (isFit && given.includes("{traceId}")) return given;
  throw new InvalidOptionError(
    "httpApi.traceUrl",
    given,
    "an http or https URL with {traceId} in it, such as https://jaeger.example/trace/{traceId}",
  );
}

function checkWords(option: string, given: unknown, pattern: RegExp, what: string): readonly string[] {
  if (given === undefined) return [];
  if (Array.isArray(given) && given.every((each) => typeof each === "string" && pattern.test(each)))
    return given as string[];
  throw new InvalidOptionError(
    option,
    Array.isArray(given) ? given.find((each) => typeof each !== "string" || !pattern.test(each)) : given,
    `a list of ${what}`,
  );
}

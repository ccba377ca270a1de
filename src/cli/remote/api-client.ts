import type { StatsView } from "../../exporters/http/index.ts";
import type { TaskInfo } from "../../task/index.ts";
import { CommandError } from "../command-error.ts";
import { exitCodes } from "../exit-codes.ts";
import type {
  AlertsAnswer,
  ConsoleAnswer,
  HealthAnswer,
  SeriesPageAnswer,
  StreamEntry,
  TaskPageAnswer,
  TreeAnswer,
} from "./answers.ts";
import { readApiAddress } from "./api-address.ts";
import { ApiError } from "./api-error.ts";
import { checkIsApi, explainFailure, problemOf } from "./api-failure.ts";
import { followEvents } from "./follow-events.ts";
import type { FollowOptions } from "./follow-events.ts";

/** What a query or a filter says; `undefined` is left out. */
export type Query = Readonly<Record<string, string | number | undefined>>;

/** How long one answer may take. A process whose event loop is blocked accepts connections and says nothing. */
const ANSWER_WITHIN_MS = 10_000;

/** Where an API is, and what opens it. */
export interface ApiAccess {
  readonly url: string;
  readonly token?: string | undefined;
}

/**
 * Asks an HTTP API of taskscope. Everything that goes wrong is a `CommandError` that says what to do, mostly an
 * {@link ApiError}; an aborted signal rejects with its reason. What it gives is text of others: nothing in it may reach
 * a terminal unescaped.
 */
export class ApiClient {
  /** Where the API is, without a slash at its end. */
  readonly url: string;
  readonly #token: string | undefined;

  constructor({ url, token }: ApiAccess) {
    this.url = readApiAddress(url);
    if (token !== undefined && !/^[\x21-\x7e]+$/.test(token))
      throw new CommandError("the token has characters that no token has", exitCodes.badUsage);
    this.#token = token;
  }

  stats(signal?: AbortSignal): Promise<StatsView> {
    return this.get<StatsView>("/stats", {}, signal);
  }

  tasks(query: Query = {}, signal?: AbortSignal): Promise<TaskPageAnswer> {
    return this.get<TaskPageAnswer>("/tasks", query, signal);
  }

  series(query: Query = {}, signal?: AbortSignal): Promise<SeriesPageAnswer> {
    return this.get<SeriesPageAnswer>("/series", query, signal);
  }

  tree(query: Query = {}, signal?: AbortSignal): Promise<TreeAnswer> {
    return this.get<TreeAnswer>("/tasks/tree", query, signal);
  }

  alerts(signal?: AbortSignal): Promise<AlertsAnswer> {
    return this.get<AlertsAnswer>("/alerts", {}, signal);
  }

  console(signal?: AbortSignal): Promise<ConsoleAnswer> {
    return this.get<ConsoleAnswer>("/console.json", {}, signal);
  }

  /** How the process is. One that is failing answers with 503, and this gives that answer too. */
  async health(signal?: AbortSignal): Promise<HealthAnswer> {
    const response = await this.#ask("GET", "/health", undefined, signal);
    const body = await this.#bodyOf(response);
    if ((response.ok || response.status === 503) && typeof body["status"] === "string")
      return body as unknown as HealthAnswer;
    throw problemOf(response.status, body, this.#place);
  }

  /** The page of metrics, in the text format of Prometheus. */
  async metrics(signal?: AbortSignal): Promise<string> {
    const response = await this.#ask("GET", "/metrics", undefined, signal);
    if (!response.ok) throw problemOf(response.status, await this.#bodyOf(response), this.#place);
    return response.text();
  }

  /** Asks one task to stop; gives how it stands after that. */
  async cancel(id: number, reason?: string, signal?: AbortSignal): Promise<TaskInfo> {
    const { task } = await this.post<{ task: TaskInfo }>(`/tasks/${id}/cancel`, { reason }, signal);
    return task;
  }

  /** Asks the live tasks of a filter with one condition at least to stop; gives how many were asked. */
  async cancelWhere(filter: Query, reason?: string, signal?: AbortSignal): Promise<number> {
    const { requested } = await this.post<{ requested: number }>("/tasks/cancel", { filter, reason }, signal);
    return requested;
  }

  /**
   * What happens, as it happens, for as long as somebody reads or until `signal`. When the connection breaks it goes on
   * after the last event that came, without a gap where the process still knows it; see {@link FollowOptions}.
   */
  events(query: Query = {}, options: FollowOptions = {}): AsyncGenerator<StreamEntry, void, undefined> {
    return followEvents((lastEventId, signal) => this.#openStream(query, lastEventId, signal), options);
  }

  /** Any `GET` route that answers with a JSON object. */
  async get<T>(path: string, query: Query = {}, signal?: AbortSignal): Promise<T> {
    return this.#answer<T>(await this.#ask("GET", `${path}${searchOf(query)}`, undefined, signal));
  }

  /** Any `POST` route that answers with a JSON object. */
  async post<T>(path: string, body: object, signal?: AbortSignal): Promise<T> {
    return this.#answer<T>(await this.#ask("POST", path, JSON.stringify(body), signal));
  }

  get #place(): { readonly url: string; readonly hasToken: boolean } {
    return { url: this.url, hasToken: this.#token !== undefined };
  }

  async #answer<T>(response: Response): Promise<T> {
    const body = await this.#bodyOf(response);
    if (!response.ok) throw problemOf(response.status, body, this.#place);
    return body as T;
  }

  async #ask(
    method: string,
    path: string,
    body: string | undefined,
    signal?: AbortSignal,
  ): Promise<Response> {
    const asking = new AbortController();
    const abort = (): void => asking.abort(signal?.reason);
    signal?.throwIfAborted();
    signal?.addEventListener("abort", abort, { once: true });
    const timer = setTimeout(() => asking.abort(new SlowAnswer()), ANSWER_WITHIN_MS);
    try {
      const response = await this.#fetch(
        method,
        path,
        { accept: "application/json, text/plain;q=0.9" },
        body,
        asking.signal,
      );
      // Read here, so that the bound holds for the body too.
      const text = await response.text();
      return new Response(text === "" ? null : text, response);
    } catch (error) {
      signal?.throwIfAborted();
      throw asking.signal.reason instanceof SlowAnswer
        ? new ApiError(
            "unreachable",
            `${this.url} took the connection, but did not answer within 10 s: its event loop may be blocked`,
          )
        : explainFailure(error, this.url);
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener("abort", abort);
    }
  }

  async #openStream(query: Query, lastEventId: string | undefined, signal: AbortSignal): Promise<Response> {
    const headers = {
      accept: "text/event-stream",
      ...(lastEventId === undefined ? {} : { "last-event-id": lastEventId }),
    };
    const response = await this.#fetch("GET", `/events${searchOf(query)}`, headers, undefined, signal).catch(
      (error: unknown) => {
        signal.throwIfAborted();
        throw explainFailure(error, this.url);
      },
    );
    if (!response.ok) throw problemOf(response.status, await this.#bodyOf(response), this.#place);
    return response;
  }

  async #fetch(
    method: string,
    path: string,
    headers: Readonly<Record<string, string>>,
    body: string | undefined,
    signal: AbortSignal,
  ): Promise<Response> {
    const response = await fetch(`${this.url}${path}`, {
      method,
      headers: {
        ...headers,
        ...(this.#token === undefined ? {} : { authorization: `Bearer ${this.#token}` }),
        ...(body === undefined ? {} : { "content-type": "application/json" }),
      },
      // A login page that is led to is no API, and a token is for nobody else.
      redirect: "manual",
      signal,
      ...(body === undefined ? {} : { body }),
    });
    checkIsApi(response, this.url);
    return response;
  }

  async #bodyOf(response: Response): Promise<Readonly<Record<string, unknown>>> {
    try {
      const body = (await response.json()) as unknown;
      if (typeof body === "object" && body !== null) return body as Readonly<Record<string, unknown>>;
    } catch (error) {
      throw new ApiError("not_an_api", `${this.url} answered with something that is no JSON`, {
        cause: error,
      });
    }
    throw new ApiError("not_an_api", `${this.url} answered with something that is no JSON object`);
  }
}

class SlowAnswer extends Error {}

function searchOf(query: Query): string {
  const given = Object.entries(query).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, String(value)] as [string, string]],
  );
  return given.length === 0 ? "" : `?${new URLSearchParams(given).toString()}`;
}

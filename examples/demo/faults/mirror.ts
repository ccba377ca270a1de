import { createServer } from "node:http";
import type { Server, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** How a path of the mirror is broken: it never answers, or cuts the connection. */
export type Breakage = "hang" | "drop";

/** A server on the loopback that answers well, but for the paths that are broken. */
export class Mirror {
  readonly #broken = new Map<string, Breakage>();
  readonly #held = new Map<string, Set<ServerResponse>>();
  #listening: Promise<Server> | undefined;

  /** Where it listens, from the first call on. */
  async url(path: string): Promise<string> {
    this.#listening ??= this.#listen();
    const { port } = (await this.#listening).address() as AddressInfo;
    return `http://127.0.0.1:${port}${path}`;
  }

  break(path: string, how: Breakage): void {
    this.#broken.set(path, how);
  }

  /** Answers those that wait for the path, and from now on at once. */
  mend(path: string): void {
    this.#broken.delete(path);
    for (const response of this.#held.get(path) ?? []) response.end();
    this.#held.delete(path);
  }

  async close(): Promise<void> {
    const server = await this.#listening;
    this.#listening = undefined;
    if (server === undefined) return;
    const closed = new Promise((resolve) => server.close(resolve));
    server.closeAllConnections();
    await closed;
  }

  async #listen(): Promise<Server> {
    const server = createServer((request, response) => this.#answer(request.url ?? "/", response));
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(0, "127.0.0.1", resolve);
    });
    return server.unref();
  }

  #answer(path: string, response: ServerResponse): void {
    const how = this.#broken.get(path);
    if (how === undefined) response.end();
    else if (how === "drop") response.destroy();
    else this.#hold(path, response);
  }

  #hold(path: string, response: ServerResponse): void {
    const held = this.#held.get(path) ?? new Set();
    this.#held.set(path, held.add(response));
    response.once("close", () => held.delete(response));
  }
}

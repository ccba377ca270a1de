import { createServer } from "node:http";
import type { RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { createTracker } from "taskscope";
import type { Tracker, TrackerOptions } from "taskscope";
import { httpApi } from "taskscope/http";
import type { HttpApiOptions } from "taskscope/http";
import { onTestFinished } from "vitest";

/** A tracker with an API that listens until the test ends. */
export async function serveTasks(
  options: HttpApiOptions = {},
  trackerOptions: TrackerOptions = {},
): Promise<{ readonly tasks: Tracker; readonly url: string }> {
  const api = httpApi({ listen: { port: 0 }, ...options });
  // What nobody holds stays all the same: no collection proves it lost.
  const tasks = createTracker({ watchMs: Infinity, ...trackerOptions, plugins: [api] });
  onTestFinished(async () => void (await tasks.shutdown({ drainMs: 0, graceMs: 0 })));
  await tasks.ready;
  return { tasks, url: api.url ?? "" };
}

/** Any server on the loopback, until the test ends. */
export async function serve(listener: RequestListener, port = 0): Promise<string> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** An address of this machine where nobody listens: a port that only root may take, and nothing uses. */
export const deadAddress = "http://127.0.0.1:2";

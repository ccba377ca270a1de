import { isMainThread } from "node:worker_threads";
import { checkWaitMs, readOptions } from "../../errors/index.ts";
import type { Plugin, PluginContext, Teardown } from "../../plugin/index.ts";
import type { FindCollectors } from "./line.ts";
import { readMemberOptions } from "./options.ts";
import type { ClusterMemberOptions } from "./options.ts";
import { parentProcess } from "./process-line.ts";
import { Reporter } from "./reporter.ts";
import { socketTerminus } from "./socket-line.ts";
import type { SocketDirectory } from "./socket-directory.ts";
import { mainThread } from "./thread-line.ts";

/** Options of {@link ClusterMemberPlugin.flush}. */
export interface FlushOptions {
  /** How long to wait, in milliseconds. Default 1,000. Keeps the process alive for as long. */
  readonly timeoutMs?: number | undefined;
}

/** The plugin that {@link clusterMember} makes. */
export interface ClusterMemberPlugin extends Plugin {
  /**
   * Reports at once, and settles when the collectors have that: for code that ends its process or thread the hard way. On
   * an IPC channel, when it has been written. Gives `false` when a collector has not got it in time, or there is none.
   */
  flush(options?: FlushOptions): Promise<boolean>;
}

/**
 * Reports the numbers of a tracker to the collector of its metric prefix (`clusterCollector`), so that one scrape there
 * gives the sum. A worker thread reports to the main thread of its process, a child process (`node:cluster`,
 * `child_process.fork`) to its parent, and with `directory` whoever it is to each collector that listens there.
 *
 * **When.** On joining, then every `intervalMs`: what has changed since the last report, or only a sign of life. One report
 * is on its way at most. When the collector is not there, or goes, it is looked for again at each interval.
 *
 * **What may be lost.** A tracker that shuts down and a process or thread that exits report before they do so, whatever way
 * they exit, by an uncaught error too. What is killed (`SIGKILL`, `worker.terminate()`, a crash of Node itself) loses what
 * happened since its last report: `intervalMs` at the most, or longer while the collector is blocked. What was reported
 * is never lost: see `clusterCollector`.
 *
 * **What it costs.** Nothing on a task. It keeps no thread or process alive, and sends no message to code of yours but, from
 * a child process, messages with the key `taskscope:cluster` to the parent's `message` listeners.
 *
 * ```ts
 * const tasks = createTracker({ plugins: [clusterMember()] });
 * ```
 */
export function clusterMember(options: ClusterMemberOptions = {}): ClusterMemberPlugin {
  const { directory, intervalMs } = readMemberOptions(options);
  return new ClusterMember(finderFor(directory), intervalMs);
}

const flushOptions = new Set<string>(["timeoutMs"] satisfies (keyof FlushOptions)[]);
const DEFAULT_FLUSH_MS = 1_000;

class ClusterMember implements ClusterMemberPlugin {
  readonly name = "cluster-member";
  readonly #find: FindCollectors | undefined;
  readonly #intervalMs: number;
  readonly #reporters = new Set<Reporter>();

  constructor(find: FindCollectors | undefined, intervalMs: number) {
    this.#find = find;
    this.#intervalMs = intervalMs;
  }

  setup(context: PluginContext): Teardown {
    if (this.#find === undefined) {
      context.diag.warn(
        "clusterMember() has nobody to report to: this is no worker thread, no forked process, and was given no directory",
      );
      return () => {};
    }
    const reporter = new Reporter(context, this.#find, this.#intervalMs);
    this.#reporters.add(reporter);
    reporter.start();
    return async () => {
      this.#reporters.delete(reporter);
      await reporter.leave();
    };
  }

  async flush(options: FlushOptions = {}): Promise<boolean> {
    const { timeoutMs = DEFAULT_FLUSH_MS } = readOptions("flush", options, flushOptions);
    const boundMs = checkWaitMs("flush.timeoutMs", timeoutMs);
    const taken = await Promise.all(Array.from(this.#reporters, (reporter) => reporter.flush(boundMs)));
    return taken.length > 0 && taken.every(Boolean);
  }
}

function finderFor(directory: SocketDirectory | undefined): FindCollectors | undefined {
  if (directory !== undefined) return () => directory.sockets().map(socketTerminus);
  if (!isMainThread) return () => [mainThread];
  if (process.send !== undefined) return () => (process.connected ? [parentProcess] : []);
  return undefined;
}

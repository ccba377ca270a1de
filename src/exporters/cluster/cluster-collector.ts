import type { ChildProcess } from "node:child_process";
import { checkMethods } from "../../errors/index.ts";
import type { Plugin, PluginContext, Teardown } from "../../plugin/index.ts";
import type { OnMember } from "./member-change.ts";
import { readCollectorOptions } from "./options.ts";
import type { ClusterCollectorOptions } from "./options.ts";
import { clusterSlot } from "./process-slot.ts";
import { receiveFromChild, receiveFromCluster } from "./process-receiver.ts";
import type { SocketDirectory } from "./socket-directory.ts";
import { receiveFromSockets } from "./receive-from-sockets.ts";
import { receiveFromThreads } from "./thread-receiver.ts";

/** The plugin that {@link clusterCollector} makes. */
export interface ClusterCollectorPlugin extends Plugin {
  /**
   * Takes what a child of `child_process.fork` reports, until it disconnects. Workers of `node:cluster` and threads need
   * no such call. Gives a function that lets go of the child; calling it twice for one child is harmless.
   */
  attach(child: ChildProcess): () => void;
}

/**
 * Adds the numbers of other threads and processes (those that have `clusterMember`) to those of its tracker, for every
 * exporter of that tracker: one scrape gives the sum. Counters and histograms are added up, gauges merged by the rule of
 * the metric. Worker threads and workers of `node:cluster` are heard by themselves, other children after `attach`, and
 * with `directory` whoever finds it. `tracker.stats()`, and all that lists tasks, stay this tracker's own.
 *
 * **A scrape never waits.** It reads what the members reported last. A member that is blocked counts with its last numbers,
 * as `stale` in `taskscope_cluster_members` when it has been silent for three of its intervals.
 *
 * **Members that go.** Their counters stay in the sum for good, so no counter falls; their gauges go. Tasks that they had not
 * ended are ended, so that `spawned = queued + running + completed + failed + cancelled` goes on to hold: as cancelled where
 * the tracker had been shut down, else as failed, with the error type `lost`, because lost they are. How long those
 * ran is not known and not counted. Members that are gone take no memory of their own, however many there were.
 *
 * **Once.** In one thread, all collectors of a prefix share what is reported: the first tracker has it, the next one when
 * that leaves. A tracker may have `clusterMember` too, and passes the sum on; the two must not form a circle.
 *
 * **Bounds.** 1,000 members; 10,000 series in all, then `__other__`; 1 MiB a message. What is refused (another version of the
 * protocol, nonsense, books that do not balance) is counted in `taskscope_cluster_reports_refused_total`, and never
 * throws. It listens on no port. It keeps nothing alive.
 *
 * ```ts
 * const tasks = createTracker({ plugins: [clusterCollector(), promClient({ registry: register })] });
 * ```
 */
export function clusterCollector(options: ClusterCollectorOptions = {}): ClusterCollectorPlugin {
  const { directory, onMember } = readCollectorOptions(options);
  return new ClusterCollector(directory, onMember);
}

class ClusterCollector implements ClusterCollectorPlugin {
  readonly name = "cluster-collector";
  readonly #directory: SocketDirectory | undefined;
  readonly #onMember: OnMember | undefined;
  readonly #contexts = new Set<PluginContext>();
  readonly #children = new Map<ChildProcess, () => void>();
  #stopReceiving: (() => Promise<void>) | undefined;

  constructor(directory: SocketDirectory | undefined, onMember: OnMember | undefined) {
    this.#directory = directory;
    this.#onMember = onMember;
  }

  setup(context: PluginContext): Teardown {
    const slot = clusterSlot();
    slot.hub.join(context, this.#onMember);
    slot.stopListening ??= listen();
    this.#contexts.add(context);
    return async () => {
      this.#contexts.delete(context);
      slot.hub.leave(context);
      if (slot.hub.isIdle) {
        slot.stopListening?.();
        slot.stopListening = undefined;
      }
      if (this.#contexts.size === 0) await this.#close();
    };
  }

  async start(): Promise<void> {
    if (this.#directory === undefined || this.#contexts.size === 0 || this.#stopReceiving !== undefined)
      return;
    const { listening, stop } = receiveFromSockets(this.#directory);
    this.#stopReceiving = stop;
    await listening;
  }

  attach(child: ChildProcess): () => void {
    checkMethods<ChildProcess>("child", child, ["on", "off", "send"]);
    const attached = this.#children.get(child);
    if (attached !== undefined) return attached;
    const stop = receiveFromChild(child);
    const detach = (): void => {
      this.#children.delete(child);
      child.off("disconnect", detach);
      stop();
    };
    this.#children.set(child, detach);
    child.once("disconnect", detach);
    return detach;
  }

  async #close(): Promise<void> {
    for (const detach of this.#children.values()) detach();
    const stop = this.#stopReceiving;
    this.#stopReceiving = undefined;
    await stop?.();
  }
}

function listen(): () => void {
  const { hub } = clusterSlot();
  const stops = [receiveFromThreads(hub), receiveFromCluster()];
  return () => {
    for (const stop of stops) stop();
  };
}

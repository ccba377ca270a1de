import type { ChildProcess } from "node:child_process";
import { processWide } from "../../plugin/index.ts";
import { CollectorHub } from "./collector-hub.ts";
import type { SocketReceiver } from "./socket-receiver.ts";

/** What all copies of this package in one thread share of this island. */
export interface ClusterSlot {
  readonly hub: CollectorHub;
  /** Stops listening to threads and cluster workers; there while somebody collects. */
  stopListening: (() => void) | undefined;
  /** The children that are heard, and by how many who asked for it: each message is to be taken once. */
  readonly children: Map<ChildProcess, { users: number; readonly stop: () => void }>;
  /** The sockets that are listened on, by directory. */
  readonly receivers: Map<
    string,
    { users: number; readonly receiver: SocketReceiver; readonly listening: Promise<void> }
  >;
  /** What members have to do when the thread ends. */
  readonly atExit: Set<(isFinal: boolean) => void>;
  /** Takes the listeners of the thread's end off. */
  stopWatchingExit: (() => void) | undefined;
}

const KEY = Symbol.for("taskscope.cluster.1");

/**
 * Module state, guarded by a registered symbol: two collectors in one thread, be they of two copies of the package, must
 * not count the same member twice.
 */
export function clusterSlot(): ClusterSlot {
  return processWide(KEY, () => ({
    hub: new CollectorHub(),
    stopListening: undefined,
    children: new Map(),
    receivers: new Map(),
    atExit: new Set(),
    stopWatchingExit: undefined,
  }));
}

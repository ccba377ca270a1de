import { clusterSlot } from "./process-slot.ts";
import type { SocketDirectory } from "./socket-directory.ts";
import { SocketReceiver } from "./socket-receiver.ts";

/**
 * Listens in a directory, on one socket for all collectors of the process, so that a member reports to it once. `listening`
 * rejects where the directory is not fit; `stop` closes the socket when all who asked for it have called it.
 */
export function receiveFromSockets(directory: SocketDirectory): {
  readonly listening: Promise<void>;
  readonly stop: () => Promise<void>;
} {
  const { hub, receivers } = clusterSlot();
  let shared = receivers.get(directory.path);
  if (shared === undefined) {
    const receiver = new SocketReceiver(hub, directory);
    shared = { users: 0, receiver, listening: receiver.listen() };
    receivers.set(directory.path, shared);
  }
  const { receiver, listening } = shared;
  shared.users += 1;
  return {
    listening,
    stop: async () => {
      if (--shared.users > 0) return;
      receivers.delete(directory.path);
      await listening.catch(() => {});
      await receiver.close();
    },
  };
}

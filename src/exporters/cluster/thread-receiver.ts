import { MessagePort } from "node:worker_threads";
import type { CollectorHub } from "./collector-hub.ts";
import { ENVELOPE, isObject } from "./protocol.ts";

/**
 * Takes the ports that threads hand to this one, and what comes over them, until the function it gives is called. Each
 * thread has a port of its own, so that its end is noticed at once and no thread sees what another one says. Ports keep
 * neither side alive.
 */
export function receiveFromThreads(hub: CollectorHub): () => void {
  const ports = new Set<MessagePort>();
  const onMessage = (message: unknown): void => {
    if (!isObject(message) || message[ENVELOPE] !== "port") return;
    const { port, taken } = message;
    if (!(port instanceof MessagePort)) return;
    const channel = { members: new Map<string, string>() };
    ports.add(port);
    port.on("message", (report: unknown) => {
      const reply = hub.take(report, channel);
      if (reply === undefined) return;
      port.postMessage(reply);
      if (reply.refused !== undefined) port.close();
    });
    port.on("close", () => {
      ports.delete(port);
      hub.closed(channel);
    });
    port.unref();
    if (taken instanceof Int32Array && taken.buffer instanceof SharedArrayBuffer) {
      Atomics.store(taken, 0, 1);
      Atomics.notify(taken, 0);
    }
  };
  process.on("workerMessage", onMessage);
  return () => {
    process.off("workerMessage", onMessage);
    for (const port of ports) port.close();
  };
}

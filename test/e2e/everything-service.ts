import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { collectDefaultMetrics } from "prom-client";
import { createTracker, fixed } from "taskscope";
import { clusterCollector, clusterMember } from "taskscope/cluster";
import { circuitBreakers } from "taskscope/opossum";
import { promClient } from "taskscope/prom-client";
import { onTestFinished } from "vitest";

/** How often the service does one round of its work. */
const EVERY_MS = 1_000;

/**
 * A service with what the demo lacks: circuit breakers, supervised groups, subscribers that are too slow, trackers that
 * report to another, and the metrics of the process. Gives the address of its metrics; ends with the test.
 */
export async function startEverythingService(folder: string): Promise<string> {
  const prometheus = promClient();
  collectDefaultMetrics({ register: prometheus.registry });
  const breakers = circuitBreakers();
  breakers.protect({ name: "payments", taskType: "payments", volumeThreshold: 3, resetTimeout: 5_000 });
  const tasks = createTracker({
    types: { payments: { maxRunning: 4 } },
    plugins: [clusterCollector({ directory: folder }), breakers, prometheus],
  });
  // Its first event keeps it busy until the end, so that its buffer of one overflows.
  let letGo = (): void => undefined;
  const end = new Promise<void>((resolve) => (letGo = resolve));
  tasks.subscribe({ name: "slow", capacity: 1 }, () => end);

  const work = async (): Promise<void> => {
    await tasks
      .run({ name: "charge", type: "payments" }, () => Promise.reject(new Error("no answer")))
      .catch(() => undefined);
    const group = tasks.supervise({ name: "ingest", maxRestarts: 0 });
    group.add({ name: "socket", restart: { backoff: fixed({ delayMs: 1 }) } }, () =>
      Promise.reject(new Error("no such host")),
    );
    await group.waitAll();
    const member = createTracker({ plugins: [clusterMember({ directory: folder })] });
    await member.ready;
    await member.run("resize", async () => null);
    await member.shutdown({ drainMs: 0, graceMs: 0 });
  };
  const staying = createTracker({ plugins: [clusterMember({ directory: folder })] });
  let round = Promise.resolve();
  const timer = setInterval(() => {
    round = round.then(work);
  }, EVERY_MS);
  const server = createServer((_request, response) => {
    void prometheus.registry.metrics().then((text) => {
      response.setHeader("content-type", prometheus.registry.contentType);
      response.end(text);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(async () => {
    clearInterval(timer);
    await round;
    letGo();
    await staying.shutdown({ drainMs: 0, graceMs: 0 });
    await tasks.shutdown({ drainMs: 0, graceMs: 0 });
    server.close();
    server.closeAllConnections();
  });
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

import type { ChildProcess } from "node:child_process";
import cluster from "node:cluster";
import type { Worker } from "node:cluster";
import { clusterSlot } from "./process-slot.ts";
import { isReportMessage } from "./protocol.ts";

/**
 * Takes what a child process reports over its IPC channel, until that is closed or the function it gives is called, by all
 * who asked for the same child. Nothing is ever sent to the child.
 */
export function receiveFromChild(child: ChildProcess): () => void {
  const { children } = clusterSlot();
  const heard = children.get(child) ?? { users: 0, stop: listenTo(child) };
  children.set(child, heard);
  heard.users += 1;
  let isOurs = true;
  return () => {
    if (isOurs && --heard.users === 0) heard.stop();
    isOurs = false;
  };
}

/** The same for all workers of `node:cluster`, those that are here and those to come. */
export function receiveFromCluster(): () => void {
  if (!cluster.isPrimary) return () => {};
  const stops = new Map<Worker, () => void>();
  const onFork = (worker: Worker): void => {
    stops.set(worker, receiveFromChild(worker.process));
    worker.once("disconnect", () => stops.delete(worker));
  };
  for (const worker of Object.values(cluster.workers ?? {})) if (worker !== undefined) onFork(worker);
  cluster.on("fork", onFork);
  return () => {
    cluster.off("fork", onFork);
    for (const stop of stops.values()) stop();
  };
}

function listenTo(child: ChildProcess): () => void {
  const { hub, children } = clusterSlot();
  const channel = { members: new Map<string, string>() };
  const onMessage = (message: unknown): void => {
    if (isReportMessage(message)) hub.take(message, channel);
  };
  const stop = (): void => {
    child.off("message", onMessage);
    child.off("disconnect", stop);
    children.delete(child);
    hub.closed(channel);
  };
  child.on("message", onMessage);
  // Not "exit", which may come before the last messages have been read.
  child.on("disconnect", stop);
  return stop;
}

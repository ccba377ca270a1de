import { fork } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import cluster from "node:cluster";
import type { Worker as ClusterWorker } from "node:cluster";
import { EventEmitter, once } from "node:events";
import { fileURLToPath, pathToFileURL } from "node:url";
import { Worker } from "node:worker_threads";
import { createTracker } from "taskscope";
import type { Tracker } from "taskscope";
import { clusterCollector } from "taskscope/cluster";
import type { ClusterCollectorOptions, ClusterCollectorPlugin, MemberChange } from "taskscope/cluster";
import { promClient } from "taskscope/prom-client";
import type { PromClientPlugin } from "taskscope/prom-client";
import { ManualClock } from "taskscope/testing";
import { parseExposition } from "../exposition.ts";
import type { Order } from "../../fixtures/cluster-member.ts";

const fixture = fileURLToPath(new URL("../../fixtures/cluster-member.ts", import.meta.url));
const execArgv = ["--import", import.meta.resolve("tsx")];

// Node 20 loads no TypeScript in a thread by `--import tsx` alone.
const threadProgram = (
  path: string,
): string => `import(${JSON.stringify(import.meta.resolve("tsx/esm/api"))}).then(({ register }) => {
  register();
  return import(${JSON.stringify(pathToFileURL(path).href)});
});`;

/** What a member is started with. */
export interface MemberData {
  readonly directory?: string;
  readonly intervalMs?: number;
}

/** A running fixture that can be told what to do. */
export class Member<Host extends EventEmitter = EventEmitter> {
  readonly host: Host;
  readonly exited: Promise<unknown>;
  readonly #send: (order: Order) => void;
  readonly kill: () => void;

  constructor(host: Host, send: (order: Order) => void, kill: () => void) {
    this.host = host;
    this.#send = send;
    this.kill = kill;
    this.exited = new Promise((resolve) => host.once("exit", resolve));
    host.on("error", () => {}); // One of the orders is to throw.
  }

  /** Gives an order and waits until it has been carried out. */
  async tell(order: Order): Promise<unknown> {
    const done = this.#done(order.do);
    this.#send(order);
    return done;
  }

  /** Gives an order that the member does not come back from. */
  async tellLast(order: Order): Promise<void> {
    this.#send(order);
    await this.exited;
  }

  async started(): Promise<this> {
    await this.#done("start");
    return this;
  }

  #done(what: string): Promise<unknown> {
    return new Promise((resolve) => {
      const onMessage = (message: { readonly done?: string; readonly result?: unknown }): void => {
        if (message.done !== what) return;
        this.host.off("message", onMessage);
        resolve(message.result);
      };
      this.host.on("message", onMessage);
    });
  }
}

export function startThread(data: MemberData = {}): Promise<Member<Worker>> {
  const worker = new Worker(threadProgram(fixture), {
    eval: true,
    execArgv: [],
    workerData: data,
    stderr: true,
  });
  return new Member(
    worker,
    (order) => worker.postMessage(order),
    () => void worker.terminate(),
  ).started();
}

/** A thread that is gone as soon as it is there; settles when it is. */
export async function runInstantThread(): Promise<void> {
  const path = fileURLToPath(new URL("../../fixtures/cluster-instant.ts", import.meta.url));
  await once(new Worker(threadProgram(path), { eval: true, execArgv: [] }), "exit");
}

/** A child of `child_process.fork`; nobody is attached to it before `collector` is, which is at once. */
export function startFork(
  data: MemberData = {},
  collector?: ClusterCollectorPlugin,
): Promise<Member<ChildProcess>> {
  const child = fork(fixture, { execArgv, env: envOf(data), silent: true });
  collector?.attach(child);
  return new Member(
    child,
    (order) => child.send(order),
    () => void child.kill("SIGKILL"),
  ).started();
}

export function startClusterWorker(data: MemberData = {}): Promise<Member<ClusterWorker>> {
  cluster.setupPrimary({ exec: fixture, execArgv, silent: true });
  const worker = cluster.fork(envOf(data));
  return new Member(
    worker,
    (order) => worker.send(order),
    () => void worker.process.kill("SIGKILL"),
  ).started();
}

function envOf(data: MemberData): NodeJS.ProcessEnv {
  return { ...process.env, NODE_OPTIONS: "", CLUSTER_MEMBER: JSON.stringify(data) };
}

/** A tracker that collects and is scraped. */
export class Scraped {
  readonly collector: ClusterCollectorPlugin;
  readonly clock: ManualClock = new ManualClock();
  readonly tasks: Tracker;
  readonly prometheus: PromClientPlugin = promClient();
  readonly changes: MemberChange[] = [];
  readonly #events = new EventEmitter();

  constructor(options: ClusterCollectorOptions = {}) {
    this.collector = clusterCollector({
      onMember: (change) => {
        this.changes.push(change);
        this.#events.emit("change");
      },
      ...options,
    });
    this.tasks = createTracker({
      clock: this.clock,
      plugins: [this.collector, this.prometheus],
    });
  }

  /** Waits until so many changes of a kind have been seen. */
  async saw(change: MemberChange["change"], times = 1): Promise<void> {
    while (this.changes.filter((each) => each.change === change).length < times) {
      await once(this.#events, "change");
    }
  }

  /** One scrape: the value of a metric, summed over the samples that have the labels; `undefined` without such samples. */
  async scrape(): Promise<(metric: string, labels?: Readonly<Record<string, string>>) => number | undefined> {
    const { samples } = parseExposition(await this.prometheus.registry.metrics());
    return (metric, labels = {}) => {
      const found = samples.filter(
        (sample) =>
          sample.name === `taskscope_${metric}` &&
          Object.entries(labels).every(([label, value]) => sample.labels[label] === value),
      );
      return found.length === 0 ? undefined : found.reduce((sum, { value }) => sum + value, 0);
    };
  }

  /** A scrape as lines, for comparing whole ones. */
  async text(): Promise<string> {
    return this.prometheus.registry.metrics();
  }
}

import { createTracker } from "taskscope";
import type { PluginContext, StatsSnapshot, Tracker } from "taskscope";
import { ManualClock } from "taskscope/testing";
import { CollectorHub } from "../../../src/exporters/cluster/collector-hub.ts";
import type { Channel } from "../../../src/exporters/cluster/collector-hub.ts";
import type { MemberChange } from "../../../src/exporters/cluster/index.ts";
import type { ReplyMessage, Unfinished } from "../../../src/exporters/cluster/protocol.ts";
import { ReportWriter } from "../../../src/exporters/cluster/report-writer.ts";

/** A tracker whose context is looked at. */
export interface Probe {
  readonly tasks: Tracker;
  readonly clock: ManualClock;
  readonly context: PluginContext;
  readonly warnings: string[];
}

function probe(): Probe {
  const clock = new ManualClock();
  const warnings: string[] = [];
  const contexts: PluginContext[] = [];
  const tasks = createTracker({
    clock,
    limits: { maxSeries: 20_000 },
    diag: { warn: (message) => void warnings.push(message) },
    plugins: [{ name: "probe", setup: (given) => void contexts.push(given) }],
  });
  const [context] = contexts;
  if (context === undefined) throw new Error("no context");
  return { tasks, clock, context, warnings };
}

/** A hub with one tracker that collects there. */
export class Collecting {
  readonly hub: CollectorHub = new CollectorHub();
  readonly probe: Probe = probe();
  readonly changes: MemberChange["change"][] = [];

  constructor() {
    this.hub.join(this.probe.context, ({ change }) => void this.changes.push(change));
  }

  get stats(): StatsSnapshot {
    return this.probe.context.stats();
  }

  /** The readings of one metric, by the value of its label. */
  readings(metric: string): Record<string, number> {
    const found = this.stats.contributed.filter((reading) => reading.metric === metric);
    return Object.fromEntries(found.map(({ labels, value }) => [Object.values(labels)[0] ?? "", value]));
  }

  /** How often reports were refused, for reasons that came up. */
  get refused(): Record<string, number> {
    const all = Object.entries(this.readings("clusterReportsRefused"));
    return Object.fromEntries(all.filter(([, count]) => count > 0));
  }
}

/** A member whose reports go through JSON into a hub, when it is told. */
export class Reporting {
  readonly probe: Probe = probe();
  readonly channel: Channel = { members: new Map<string, string>() };
  readonly #writer: ReportWriter;

  constructor(id?: string) {
    const { trackerId, version, prefix } = this.probe.context;
    const header = { member: id ?? trackerId, version, prefix, pid: 1, threadId: 0, intervalMs: 1_000 };
    this.#writer = new ReportWriter(header);
  }

  /** The next report as it would arrive. */
  messages(goodbye?: Unfinished): Record<string, unknown>[] {
    const written = this.#writer.write(this.probe.context.stats(), goodbye);
    return JSON.parse(JSON.stringify(written)) as Record<string, unknown>[];
  }

  /** Sends the next report; gives the last answer. */
  report(hub: CollectorHub, goodbye?: Unfinished): ReplyMessage | undefined {
    return this.messages(goodbye)
      .map((message) => hub.take(message, this.channel))
      .at(-1);
  }
}

import { setTimeout as delay } from "node:timers/promises";
import type { AlertView, SeriesView, StatsView } from "../../exporters/http/index.ts";
import type { TaskInfo } from "../../task/index.ts";
import { CommandError } from "../command-error.ts";
import type { ApiClient } from "../remote/api-client.ts";
import { drawFrame } from "./frame.ts";
import type { Picture } from "./picture.ts";
import { ServerWatch } from "./server-watch.ts";
import { plainText } from "./styled-line.ts";
import type { TopState } from "./top-state.ts";
import { wantsOf } from "./wants-of.ts";

/** What one picture is made of: the answers of the API. */
export interface Snapshot {
  readonly url: string;
  readonly stats: StatsView | undefined;
  readonly series: readonly SeriesView[];
  readonly rules: number;
  readonly alerts: readonly AlertView[];
  /** How many tasks there are of those that were asked for. */
  readonly taskTotal: number;
  /** The first of them, a thousand at most. */
  readonly tasks: readonly TaskInfo[];
}

const MOST_TASKS = 1_000;
const COLUMNS = 120;
const ROWS = 40;

/** Looks once. Rejects with a `CommandError` where the process does not answer. */
export async function snapshotOf(client: ApiClient, state: TopState): Promise<Snapshot> {
  const watch = watchFor(client, state, MOST_TASKS);
  const { url, samples, series, rules, alerts, taskTotal, tasks } = await lookedAt(watch);
  return {
    url,
    stats: samples.at(-1)?.stats,
    series: series.map(({ perSecond: _rate, grownBy: _growth, grownOverMs: _span, ...each }) => each),
    rules,
    alerts,
    taskTotal,
    tasks: tasks.slice(0, MOST_TASKS),
  };
}

/** Looks twice, an interval apart, and gives what would be on the screen, without the keys. */
export async function pictureText(
  client: ApiClient,
  state: TopState,
  intervalMs: number,
  { columns = COLUMNS, rows = ROWS }: { readonly columns?: number; readonly rows?: number },
): Promise<string> {
  const watch = watchFor(client, state, rows);
  await lookedAt(watch);
  await delay(intervalMs);
  const lines = drawFrame(await lookedAt(watch), { ...state, at: -1 }, { columns, rows });
  return lines.slice(0, -1).map(plainText).join("\n").trimEnd();
}

function watchFor(client: ApiClient, state: TopState, count: number): ServerWatch {
  const watch = new ServerWatch(client, 0, () => {});
  watch.want(wantsOf(state, count), false);
  return watch;
}

async function lookedAt(watch: ServerWatch): Promise<Picture> {
  await watch.look();
  const { link } = watch.picture;
  if (link.state === "lost") throw new CommandError(link.why, link.exitCode);
  return watch.picture;
}

import type { SeriesView, StatsView } from "../../exporters/http/index.ts";
import type { TaskInfo } from "../../task/index.ts";
import type { AlertsAnswer, ConsoleAnswer, HealthAnswer, TreeAnswer } from "./answers.ts";
import type { ApiClient } from "./api-client.ts";
import { ApiError } from "./api-error.ts";

/** All that a process knows of its tasks. A part that could not be had is `null`, and `errors` says why. */
export interface Dump {
  /** The shape of this document. */
  readonly dump: 1;
  readonly takenAt: string;
  readonly url: string;
  /** The version of the command that took it. */
  readonly takenBy: string;
  /** Labels of the metric `…_build_info`: versions of taskscope, Node.js and so on. */
  readonly build: Readonly<Record<string, string>> | null;
  readonly health: HealthAnswer | null;
  readonly alerts: AlertsAnswer["alerts"] | null;
  readonly stats: StatsView | null;
  readonly series: readonly SeriesView[] | null;
  readonly tree: TreeAnswer | null;
  readonly tasks: readonly TaskInfo[] | null;
  readonly console: ConsoleAnswer | null;
  /** The page of metrics, as Prometheus would have read it. */
  readonly metrics: string | null;
  readonly errors: Readonly<Record<string, string>>;
}

const PAGE = 1_000;
/** The most that the API shows of a tree. */
const MAX_TREE = 10_000;

/**
 * Asks for everything, one part after the other, so that a process in trouble is not troubled more. Rejects when it cannot
 * be reached or refuses the first; later, what fails is left out and named.
 */
export async function collectDump(
  api: ApiClient,
  takenBy: string,
  onPart: (what: string | undefined) => void,
): Promise<Dump> {
  const errors: Record<string, string> = {};
  const takenAt = new Date().toISOString();
  const part = async <T>(name: string, ask: () => Promise<T>): Promise<T | null> => {
    onPart(name);
    try {
      return await ask();
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      errors[name] = error.message;
      return null;
    }
  };
  onPart("stats");
  const stats = await api.stats();
  const health = await part("health", () => api.health());
  const alerts = await part("alerts", () => api.alerts());
  const tree = await part("tree", () => api.tree({ limit: MAX_TREE, depth: 100 }));
  const tasks = await part("tasks", () => pagesOf((cursor) => api.tasks({ cursor, limit: PAGE }), "tasks"));
  const series = await part("series", () =>
    pagesOf((cursor) => api.series({ cursor, limit: PAGE }), "series"),
  );
  const consoleAnswer = await part("console", () => api.console());
  const metrics = await part("metrics", () => api.metrics());
  onPart(undefined);
  return {
    dump: 1,
    takenAt,
    url: api.url,
    takenBy,
    build: metrics === null ? null : buildOf(metrics),
    health,
    alerts: alerts?.alerts ?? null,
    stats,
    series,
    tree,
    tasks,
    console: consoleAnswer,
    metrics,
    errors,
  };
}

async function pagesOf<Key extends string, Item>(
  ask: (
    cursor: string | undefined,
  ) => Promise<{ readonly [Field in Key]: readonly Item[] } & { readonly nextCursor: string | null }>,
  key: Key,
): Promise<Item[]> {
  const items: Item[] = [];
  for (let cursor: string | undefined; ;) {
    const page = await ask(cursor);
    items.push(...page[key]);
    if (page.nextCursor === null) return items;
    cursor = page.nextCursor;
  }
}

/** The labels of the sample that says what runs, whatever the prefix. */
function buildOf(metrics: string): Readonly<Record<string, string>> | null {
  const [, labels] = /^\w+_build_info\{(.*)\} 1\b/m.exec(metrics) ?? [];
  if (labels === undefined) return null;
  return Object.fromEntries(
    Array.from(labels.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g), ([, name = "", value = ""]) => [name, value]),
  );
}

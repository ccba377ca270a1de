import type { TaskInfo, TaskState } from "../../task/index.ts";
import type { HealthView } from "./health-source.ts";
import type { SeriesView } from "./series-view.ts";
import type { StatsView } from "./stats-view.ts";

// What the routes answer with, for those who are on the other side: types alone, which the console is built on.

/** An object as JSON brings it: fields that were `undefined` are left out. */
export type Sent<Given> = Given extends readonly (infer Each)[]
  ? readonly Sent<Each>[]
  : Given extends object
    ? {
        readonly [Name in keyof Given as undefined extends Given[Name] ? never : Name]: Sent<Given[Name]>;
      } & {
        readonly [Name in keyof Given as undefined extends Given[Name] ? Name : never]?: Sent<
          Exclude<Given[Name], undefined>
        >;
      }
    : Given;

export type SentState = TaskState;

/** A task. JSON has no `Infinity` and no `NaN`: progress of these is null. */
export type SentTask = Sent<Omit<TaskInfo, "progress">> & {
  readonly progress?: { readonly done: number | null; readonly total?: number | null };
};

export type SentTree = SentTask & { readonly children: readonly SentTree[] };

/** `GET /tasks` */
export interface SentPage {
  readonly tasks: readonly SentTask[];
  readonly total: number;
  readonly nextCursor: string | null;
}

/** `GET /tasks/tree` */
export interface SentForest {
  readonly tasks: readonly SentTree[];
  readonly shown: number;
  readonly truncated: boolean;
}

/** `GET /stats` */
export type SentStats = Sent<StatsView>;
/** One of `GET /series` */
export type SentSeries = Sent<SeriesView>;
/** `GET /alerts` */
export type SentAlerts = Sent<Pick<HealthView, "rules" | "alerts">>;

/** `GET /console.json` */
export interface SentConfig {
  readonly actions: boolean;
  readonly health: boolean;
  readonly traceUrl?: string;
}

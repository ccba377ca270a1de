import type { AlertView, HealthView, SeriesView } from "../../exporters/http/index.ts";
import type { LifecycleEvent } from "../../events/index.ts";
import type { TaskInfo, TaskTree } from "../../task/index.ts";

/** `GET /tasks` */
export interface TaskPageAnswer {
  readonly tasks: readonly TaskInfo[];
  readonly total: number;
  readonly nextCursor: string | null;
}

/** `GET /tasks/tree` */
export interface TreeAnswer {
  readonly tasks: readonly TaskTree[];
  readonly shown: number;
  readonly truncated: boolean;
}

/** `GET /series` */
export interface SeriesPageAnswer {
  readonly series: readonly SeriesView[];
  readonly total: number;
  readonly nextCursor: string | null;
}

/** `GET /health`. Without permission it says the status and nothing else. */
export interface HealthAnswer {
  readonly status: HealthView["status"];
  readonly rules?: number;
  readonly firing?: readonly string[];
}

/** `GET /alerts` */
export interface AlertsAnswer {
  readonly rules: number;
  readonly alerts: readonly AlertView[];
}

/** `GET /console.json` */
export interface ConsoleAnswer {
  /** Whether tasks may be cancelled. */
  readonly actions: boolean;
  /** Whether rules are watched. */
  readonly health: boolean;
  readonly traceUrl?: string;
}

/** What a stream of events brings: an event, or that some were missed; `null`: nobody knows how many. */
export type StreamEntry = { readonly event: LifecycleEvent } | { readonly missed: number | null };

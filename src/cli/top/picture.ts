import type { AlertView } from "../../exporters/http/index.ts";
import type { TaskInfo, TaskTree } from "../../task/index.ts";
import type { ExitCode } from "../exit-codes.ts";
import type { Sample, SeriesRow } from "./number-history.ts";

/** How things stand with the server. */
export type Link =
  | { readonly state: "connecting" }
  | { readonly state: "live" }
  | {
      readonly state: "lost";
      readonly sinceMs: number;
      readonly why: string;
      /** What a command would end with. */
      readonly exitCode: ExitCode;
    };

/** All that is known of one task, and of those around it. */
export interface TaskView {
  readonly id: number;
  /** `undefined` where the process does not know it, or no more. */
  readonly task: TaskInfo | undefined;
  /** Those that started it, the nearest first. */
  readonly ancestors: readonly TaskInfo[];
  readonly children: readonly TaskInfo[];
  readonly childTotal: number;
}

/** What was known of the process when it was looked at last. */
export interface Picture {
  readonly url: string;
  readonly link: Link;
  /** Whether tasks may be cancelled; `undefined` where the process does not say. */
  readonly actions: boolean | undefined;
  /** The oldest first. */
  readonly samples: readonly Sample[];
  readonly series: readonly SeriesRow[];
  /** How many rules are watched in the process. */
  readonly rules: number;
  readonly alerts: readonly AlertView[];
  /** In the order that was asked for. */
  readonly tasks: readonly TaskInfo[];
  /** How many there are of them, also beyond those that were fetched. */
  readonly taskTotal: number;
  readonly tree: readonly TaskTree[];
  readonly isTreeCut: boolean;
  readonly stuck: readonly TaskInfo[];
  readonly taskView: TaskView | undefined;
}

/** A picture of nothing yet. */
export function blankPicture(url: string): Picture {
  return {
    url,
    link: { state: "connecting" },
    actions: undefined,
    samples: [],
    series: [],
    rules: 0,
    alerts: [],
    tasks: [],
    taskTotal: 0,
    tree: [],
    isTreeCut: false,
    stuck: [],
    taskView: undefined,
  };
}

/** When the picture was taken, by the clock of the server. */
export function takenAtMs({ samples }: Picture): number {
  return samples.at(-1)?.atMs ?? 0;
}

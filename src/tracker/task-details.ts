import type { CancelledBy } from "../errors/index.ts";
import type { TaskOrigin, TracePolicy } from "../plugin/index.ts";
import type { AttributeValue, TaskProgress } from "../task/index.ts";

/** What few tasks have: what was said of one in particular, what it said of itself, and how it ended badly. */
export class TaskDetails {
  /** The true name and type, where the series is an overflow series. */
  name: string | undefined = undefined;
  type: string | undefined = undefined;
  attributes: Record<string, AttributeValue> | undefined = undefined;
  trace: TracePolicy = "child";
  parentNamed = false;
  /** Where the work began of which this is one run. */
  origin: TaskOrigin | undefined = undefined;
  key: string | undefined = undefined;
  /** What is expected of it, where that is not what is expected of its type. */
  expectedMs: number | undefined = undefined;
  heartbeatMs: number | undefined = undefined;
  /** What it said last of itself, and when, as a reading of the clock. */
  progress: TaskProgress | undefined = undefined;
  lastBeatMs: number | undefined = undefined;
  /** For which bound it was announced as stuck. */
  toldStuck: "expected" | "heartbeat" | undefined = undefined;
  /** Made by `open`: it has no body, and whoever opened it says how it goes. */
  isOpened = false;
  cancelledBy: CancelledBy | undefined = undefined;
  errorType: string | undefined = undefined;
  errorMessage: string | undefined = undefined;
}

import type { FaultName } from "../examples/demo/faults/fault-settings.ts";
import type { LabelSet } from "./alert-webhook.ts";

/** A failure that is caused on purpose, to see that its alert arrives and goes away. */
export interface Drill {
  /** Also the `job` of the demo that it runs on. */
  readonly name: string;
  readonly alert: string;
  /** Labels of the alert that is waited for, beside its name and the job. */
  readonly labels: LabelSet;
  /** What goes wrong, for the one who watches. */
  readonly cause: string;
  /** The fault of the demo; `"killed"` ends its process instead, and starts it again to clear. */
  readonly fault: { readonly name: FaultName; readonly value: number } | "killed";
  /** An alert that must not fire meanwhile: the one that would be mistaken for this one. */
  readonly silent?: string;
}

import type { CaseName } from "./bench-case.ts";
import type { PlanName } from "./plans.ts";
import type { Mode } from "./time.ts";

/** Rows of the performance targets that this benchmark covers, and the libraries that are only compared. */
export const rows = [
  "P1",
  "P1c",
  "P2",
  "P3",
  "P4",
  "P5",
  "P6",
  "P7",
  "P8",
  "P9",
  "P10",
  "effect",
  "autometrics",
] as const;
export type Row = (typeof rows)[number];

/** What a target is computed from: a ratio of CPU times, CPU time of a batch, bytes a task, or a size. */
export type Quantity =
  | {
      readonly kind: "ratio";
      readonly mode: Mode;
      readonly of: CaseName;
      readonly to: CaseName;
    }
  | {
      readonly kind: "batch-ratio";
      readonly of: CaseName;
      readonly to: CaseName;
    }
  | {
      /** Of the whole batch. */
      readonly kind: "batch-ms";
      readonly of: CaseName;
    }
  | {
      /** Of one item of the batch. */
      readonly kind: "batch-item-ms";
      readonly of: CaseName;
    }
  | {
      /** The longest piece of the batch on the event loop, in wall time. */
      readonly kind: "batch-piece-ms";
      readonly of: CaseName;
    }
  | {
      /** Of one item of the batch, less what it takes in the batch `over`. */
      readonly kind: "batch-item-us";
      readonly of: CaseName;
      readonly over: CaseName;
    }
  | {
      readonly kind: "pending-bytes";
      readonly tasks: number;
      readonly of: CaseName;
      readonly over: CaseName;
    }
  | {
      readonly kind: "left-bytes";
      readonly tasks: number;
      readonly of: CaseName;
    }
  | {
      /** The size that the plan looks at, in kB of 1,000 bytes. */
      readonly kind: "size-kb";
    };

export interface Target {
  readonly row: Row;
  readonly what: string;
  readonly plan: PlanName;
  readonly quantity: Quantity;
  /** On which side of the Must and the Aim the quantity is to be. */
  readonly bound: "at most" | "at least";
  /** What `--check` holds. A row without one is there to compare. */
  readonly must?: number;
  /** What we work towards, where that is more than the Must. */
  readonly aim?: number;
}

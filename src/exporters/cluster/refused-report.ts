import type { RefusalReason } from "./protocol.ts";

/** A report that is not taken. Never leaves the collector: it becomes a count and an answer. */
export class RefusedReport extends Error {
  override readonly name: string = "RefusedReport";
  readonly reason: RefusalReason;

  constructor(reason: RefusalReason, message: string) {
    super(message);
    this.reason = reason;
  }
}

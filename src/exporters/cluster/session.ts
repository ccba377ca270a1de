import type { StatsSnapshot } from "../../stats/index.ts";
import type { Line, Terminus } from "./line.ts";
import type { MemberHeader, RefusalReason, ReplyMessage, Unfinished } from "./protocol.ts";
import { ReportWriter } from "./report-writer.ts";

/** What a session tells the member that it belongs to. */
export interface SessionEvents {
  onRefused(reason: RefusalReason): void;
  onClosed(): void;
}

/**
 * A member's reports to one collector. One report is on its way at most: a collector that is busy makes them rarer and
 * longer, never many.
 */
export class Session {
  readonly #read: () => StatsSnapshot;
  readonly #writer: ReportWriter;
  readonly #line: Line;
  #isOver = false;
  #answered = 0;
  #waiting: (() => void)[] = [];

  constructor(header: MemberHeader, read: () => StatsSnapshot, terminus: Terminus, events: SessionEvents) {
    this.#read = read;
    this.#writer = new ReportWriter(header);
    this.#line = terminus.open({
      onReply: (reply) => this.#onReply(reply, events),
      onClosed: () => {
        this.#end();
        events.onClosed();
      },
    });
  }

  /** Reports, unless a report is on its way. A goodbye always goes out, and is the last. */
  report(goodbye?: Unfinished): void {
    if (this.#isOver || (this.#isBusy && goodbye === undefined)) return;
    for (const message of this.#writer.write(this.#read(), goodbye)) this.#line.send(message);
  }

  /** Reports if there is anything new to say. */
  reportNews(): void {
    if (!this.#isOver && !this.#isBusy && this.#writer.hasNews(this.#read())) this.report();
  }

  /** Reports for the last time, in the midst of the exit of the thread or process: all is sent when this returns. */
  reportAtExit(): void {
    if (this.#isOver) return;
    this.report("lost");
    this.#line.waitAtExit?.();
  }

  /** Reports what stands now, and settles when the collector has that, with whether it does. */
  async flush(goodbye?: Unfinished): Promise<boolean> {
    while (this.#isBusy && !this.#isOver && goodbye === undefined) await this.#nextAnswer();
    this.report(goodbye);
    const { report } = this.#writer;
    while (this.#answered < report && !this.#isOver) await this.#nextAnswer();
    return this.#answered >= report;
  }

  close(): void {
    this.#line.close();
    this.#end();
  }

  get #isBusy(): boolean {
    return this.#answered < this.#writer.report;
  }

  #onReply({ report, refused }: ReplyMessage, events: SessionEvents): void {
    if (refused === undefined) {
      this.#answered = Math.max(this.#answered, report);
      this.#wake();
      return;
    }
    if (this.#isOver) return;
    this.close();
    events.onRefused(refused);
  }

  #end(): void {
    this.#isOver = true;
    this.#wake();
  }

  #wake(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }

  #nextAnswer(): Promise<void> {
    return new Promise((resolve) => this.#waiting.push(resolve));
  }
}

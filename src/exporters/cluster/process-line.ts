import type { Line, LineEvents, Terminus } from "./line.ts";
import { ENVELOPE } from "./protocol.ts";
import type { ReportMessage } from "./protocol.ts";

/** The way from a child to the process that forked it: the IPC channel that both use for their own messages too. */
export const parentProcess: Terminus = {
  key: "parent process",
  open: (events) => new ProcessLine(events),
};

/**
 * Listens to nothing, because a listener would keep the process alive: a report counts as taken when it has been written.
 */
class ProcessLine implements Line {
  readonly #events: LineEvents;
  #isOpen = true;

  constructor(events: LineEvents) {
    this.#events = events;
  }

  send(message: ReportMessage): void {
    if (!this.#isOpen) return;
    try {
      process.send?.(message, undefined, undefined, (error: Error | null) => {
        if (error !== null) this.#lose();
        else if (message.isLast) this.#events.onReply({ [ENVELOPE]: "reply", report: message.report });
      });
    } catch {
      this.#lose();
    }
  }

  close(): void {
    this.#isOpen = false;
  }

  #lose(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#events.onClosed();
  }
}

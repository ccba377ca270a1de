import type { ReplyMessage, ReportMessage } from "./protocol.ts";

/** What a line has to say to whoever opened it. */
export interface LineEvents {
  /** A whole report has been taken or refused. */
  onReply(reply: ReplyMessage): void;
  /** Nothing more can be sent. Called at most once, and not by `close`. */
  onClosed(): void;
}

/** A way to one collector. Never throws, and keeps nothing alive. */
export interface Line {
  /** Hands a message over; at once, as far as the system takes it, so that it works while the process exits. */
  send(message: ReportMessage): void;
  close(): void;
  /** Blocks, within a bound, until what was sent will arrive though the thread ends now. */
  waitAtExit?(): void;
}

/** A collector that can be reached now. */
export interface Terminus {
  /** Tells it from the others. */
  readonly key: string;
  open(events: LineEvents): Line;
}

/** Gives the collectors that can be reached now. Called at each interval; never throws. */
export type FindCollectors = () => readonly Terminus[];

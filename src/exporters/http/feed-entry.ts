import type { LifecycleEvent } from "../../events/index.ts";

/** What a feed hands to its streams: an event, or that some were dropped before it. `null`: nobody knows how many. */
export class FeedEntry {
  /** Names the entry, and its place among the others: what a reader that comes back sends. */
  readonly id: string;
  readonly what: LifecycleEvent | { readonly dropped: number | null };
  #text: string | undefined;

  constructor(id: string, what: FeedEntry["what"]) {
    this.id = id;
    this.what = what;
  }

  /** As server-sent events have it; written when the first stream sends it, and for all of them. */
  get text(): string {
    return (this.#text ??=
      "kind" in this.what
        ? `id: ${this.id}\ndata: ${JSON.stringify(this.what)}\n\n`
        : missedText(this.what.dropped, this.id));
  }
}

/** That events did not reach a reader. Without an id, it leaves what the reader will name when it comes back as it was. */
export function missedText(dropped: number | null, id?: string): string {
  return `${id === undefined ? "" : `id: ${id}\n`}event: missed\ndata: ${JSON.stringify({ dropped })}\n\n`;
}

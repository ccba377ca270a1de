import type { Clock, ClockTimer } from "../../internal/index.ts";
import type { LifecycleEvent } from "../../events/index.ts";
import { OTHER_NAME } from "../../metrics/index.ts";
import type { LogLevel } from "./levels.ts";

/** Lines of one kind and series that a window has had no room for. */
export interface Suppressed {
  readonly kind: LifecycleEvent["kind"];
  readonly type: string;
  readonly name: string;
  readonly level: LogLevel;
  readonly count: number;
}

interface Entry {
  readonly kind: LifecycleEvent["kind"];
  readonly type: string;
  readonly name: string;
  readonly level: LogLevel;
  seen: number;
}

/** How many pairs of kind and series one window tells apart; the lines of further ones share an entry for their kind. */
const MAX_ENTRIES = 1_000;
/** How many are reported one by one, those with the most lines; the rest are one a kind. */
const MAX_REPORTED = 20;

/**
 * Lets so many lines of each kind and series through in each window of time, and counts the rest. A window opens with the
 * first line and is over after `windowMs`, when what it suppressed is reported: nothing goes without a number.
 */
export class LineLimit {
  readonly #clock: Clock;
  readonly #maxLines: number;
  readonly #windowMs: number;
  readonly #onOver: (suppressed: readonly Suppressed[]) => void;
  readonly #entries = new Map<string, Entry>();
  #timer: ClockTimer | undefined;

  /** `onOver` hears of each window that is over, whether it suppressed lines or not. It must not throw. */
  constructor(
    clock: Clock,
    limits: { readonly maxLines: number; readonly windowMs: number },
    onOver: (suppressed: readonly Suppressed[]) => void,
  ) {
    this.#clock = clock;
    this.#maxLines = limits.maxLines;
    this.#windowMs = limits.windowMs;
    this.#onOver = onOver;
  }

  /** Whether there is room for the line of an event. If not, it is counted. */
  admits({ kind, type, name }: LifecycleEvent, level: LogLevel): boolean {
    if (this.#maxLines === Number.POSITIVE_INFINITY) return true;
    this.open();
    const entry = this.#entryOf(kind, type, name, level);
    entry.seen += 1;
    return entry.seen <= this.#maxLines;
  }

  /** Opens a window if none is open. */
  open(): void {
    this.#timer ??= this.#clock.setTimer(() => this.close(), this.#windowMs, false);
  }

  /** Ends the window that is open, if one is. */
  close(): void {
    if (this.#timer === undefined) return;
    this.#timer.cancel();
    this.#timer = undefined;
    const suppressed = [...this.#entries.values()]
      .flatMap(({ seen, ...entry }) =>
        seen > this.#maxLines ? [{ ...entry, count: seen - this.#maxLines }] : [],
      )
      .toSorted((a, b) => b.count - a.count);
    this.#entries.clear();
    this.#onOver([...suppressed.slice(0, MAX_REPORTED), ...byKind(suppressed.slice(MAX_REPORTED))]);
  }

  #entryOf(kind: Entry["kind"], type: string, name: string, level: LogLevel): Entry {
    const key = JSON.stringify([kind, type, name]);
    const known = this.#entries.get(key);
    if (known !== undefined) return known;
    if (name !== OTHER_NAME && this.#entries.size >= MAX_ENTRIES)
      return this.#entryOf(kind, OTHER_NAME, OTHER_NAME, level);
    const entry = { kind, type, name, level, seen: 0 };
    this.#entries.set(key, entry);
    return entry;
  }
}

/** What is left, summed up for each kind. */
function byKind(rest: readonly Suppressed[]): readonly Suppressed[] {
  const sums = new Map<Suppressed["kind"], Suppressed>();
  for (const { kind, level, count } of rest) {
    const sum = (sums.get(kind)?.count ?? 0) + count;
    sums.set(kind, { kind, level, count: sum, type: OTHER_NAME, name: OTHER_NAME });
  }
  return [...sums.values()];
}

import type { JSX } from "preact";
import type { Task, TaskEvent } from "./api-types.ts";
import { formatMs, formatTime } from "./format.ts";
import { serverNow } from "./numbers.ts";
import { storyOf } from "./task-story.ts";

/** A piece of less of the bar than this has no room for what it is called. */
const LABELLED_SHARE = 0.08;

interface TimelineProps {
  readonly task: Task;
  readonly events: readonly TaskEvent[];
}

/** The attempts of a task, to scale, and what was said of it. */
export function Timeline({ task, events }: TimelineProps): JSX.Element {
  const { pieces, entries, isPartial } = storyOf(task, events, serverNow());
  const fromMs = pieces[0]?.fromMs ?? 0;
  const spanMs = Math.max((pieces.at(-1)?.toMs ?? 0) - fromMs, 0.001);
  return (
    <section class="card timeline">
      <h2>Timeline</h2>
      <div class="bar" aria-hidden="true">
        {pieces.map((piece) => (
          <span
            key={`${piece.fromMs}-${piece.kind}`}
            class={`piece ${piece.kind}`}
            title={`${piece.label}: ${formatMs(piece.toMs - piece.fromMs)}`}
            style={{
              left: `${((piece.fromMs - fromMs) / spanMs) * 100}%`,
              width: `${((piece.toMs - piece.fromMs) / spanMs) * 100}%`,
            }}
          >
            {(piece.toMs - piece.fromMs) / spanMs >= LABELLED_SHARE && piece.label}
          </span>
        ))}
      </div>
      <ol class="story" tabIndex={0} aria-label="What happened, the latest first">
        {entries.toReversed().map(({ atMs, text, mood }) => (
          <li key={`${atMs}-${text}`} class={mood}>
            <time>{formatTime(atMs)}</time> <span class="type">+{formatMs(atMs - task.spawnedAtMs)}</span>{" "}
            {text}
          </li>
        ))}
      </ol>
      {isPartial && (
        <p class="type">
          Earlier attempts happened before this page was open: only what the page sees is listed.
        </p>
      )}
    </section>
  );
}

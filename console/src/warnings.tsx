import { computed } from "@preact/signals";
import type { ComponentChildren, JSX } from "preact";
import type { TaskPage } from "./api-types.ts";
import { formatCount, formatMs, formatSeconds, formatTime } from "./format.ts";
import { notices } from "./notices.ts";
import type { Notice } from "./notices.ts";
import { growing, samples, serverNow } from "./numbers.ts";
import { goTo } from "./router.ts";
import { durationOf } from "./row-order.ts";
import { StateMark } from "./state-mark.tsx";
import { setRowFilter } from "./task-rows.ts";
import { boundText } from "./task-story.ts";
import { usePolled } from "./use-polled.ts";

const BLOCKING_SECONDS = 0.1;
const EVERY_MS = 2_000;
const SHOWN = 20;

const isBlocking = computed(() => (samples.value.at(-1)?.loopP99Seconds ?? 0) >= BLOCKING_SECONDS);

/** How many warnings there are, for the head of the page. */
export const warningCount = computed(() => {
  const total = samples.value.at(-1)?.stats.total;
  return (
    (total?.stuck ?? 0) +
    (total?.lost ?? 0) +
    (total?.unresponsive ?? 0) +
    growing.value.length +
    (isBlocking.value ? 1 : 0)
  );
});

/** What may be wrong, and what to do about it. */
export function Warnings(): JSX.Element {
  const total = samples.value.at(-1)?.stats.total;
  const of = (kind: Notice["kind"]): readonly Notice[] =>
    notices.value.filter((notice) => notice.kind === kind);
  if (warningCount.value === 0 && notices.value.length === 0)
    return (
      <p class="empty">
        <b>Nothing is wrong.</b> Tasks that run longer than their <code>expectedMs</code>, are silent for
        longer than their <code>heartbeatMs</code>, can never end, or only become more, would be listed here.
      </p>
    );
  return (
    <>
      {isBlocking.value && (
        <Warning
          kind="blocking"
          title={`The event loop is late: p99 ${formatSeconds(samples.value.at(-1)?.loopP99Seconds)}`}
          advice="Something computes for long without a pause: every task waits for it. Look for big JSON, regular expressions, sorting, or synchronous calls; a profile of the process names the function."
        />
      )}
      {growing.value.map(({ series, grownBy, overMs }) => (
        <Warning
          key={`${series.type}\n${series.name}`}
          kind="growing"
          title={`${series.name} (${series.type}) grows: ${formatCount(grownBy)} more in ${formatMs(overMs)}, ${formatCount(series.running)} run`}
          advice="More start than end. Either the work has become slower, or some of it never settles: look at the oldest."
        >
          <button type="button" onClick={() => showTasks(series.type, series.name)}>
            Show them
          </button>
        </Warning>
      ))}
      {(total?.stuck ?? 0) > 0 && <Stuck count={total?.stuck ?? 0} />}
      <Kind
        kind="unresponsive"
        count={total?.unresponsive ?? 0}
        notices={of("unresponsive")}
        title="unresponsive"
        advice="They were cancelled or timed out, and their code goes on. Pass context.signal to what they wait for."
        tell={({ event }) => `goes on ${formatMs(event.graceMs)} after its end`}
      />
      <Kind
        kind="lost"
        count={total?.lost ?? 0}
        notices={of("lost")}
        title="lost since the start"
        advice="What alone could settle them was garbage-collected: a callback that was dropped, an emitter nobody holds. They would have waited for ever."
        tell={({ event }) => `lost after ${formatMs(event.ageMs)}`}
      />
      <Kind
        kind="gave-up"
        count={of("gave-up").length}
        notices={of("gave-up")}
        title="gave up"
        advice="All their restarts are used up. Their error says why the last one failed."
        tell={({ event }) => `after ${event.restarts ?? 0} restarts`}
      />
    </>
  );
}

/** Those that are stuck now, whoever saw it happen. */
function Stuck({ count }: { readonly count: number }): JSX.Element {
  const query = { state: "running", sort: "-durationMs", limit: 1_000 };
  const { answer } = usePolled<TaskPage>("tasks", query, EVERY_MS).value;
  const found = (answer?.tasks ?? []).filter(({ stuck }) => stuck).slice(0, SHOWN);
  const why = new Map(
    notices.value.map(({ kind, event }) => [event.id, kind === "stuck" ? boundText(event) : ""]),
  );
  return (
    <Warning
      kind="stuck"
      title={`${formatCount(count)} stuck now`}
      advice="They run longer than expected, or have given no sign of life for too long. Look at what they wait for; cancel them if nobody does."
    >
      <ul class="plain-list">
        {found.map((task) => (
          <li key={task.id}>
            <StateMark task={task} />{" "}
            <a href={`#/tasks/${task.id}`}>
              {task.name} #{task.id}
            </a>{" "}
            <span class="type">
              {[task.type, `runs for ${formatMs(durationOf(task, serverNow()))}`, why.get(task.id) ?? ""]
                .filter((text) => text !== "")
                .join(" · ")}
            </span>
          </li>
        ))}
      </ul>
    </Warning>
  );
}

interface KindProps {
  readonly kind: Notice["kind"];
  readonly count: number;
  readonly notices: readonly Notice[];
  readonly title: string;
  readonly advice: string;
  readonly tell: (notice: Notice) => string;
}

function Kind({ kind, count, notices: found, title, advice, tell }: KindProps): JSX.Element | null {
  if (count === 0 && found.length === 0) return null;
  return (
    <Warning kind={kind} title={`${formatCount(count)} ${title}`} advice={advice}>
      {found.length === 0 ? (
        <p class="type">They were found before this page was open.</p>
      ) : (
        <ul class="plain-list">
          {found.slice(0, SHOWN).map((notice) => (
            <li key={notice.event.seq}>
              <time>{formatTime(notice.event.atMs)}</time>{" "}
              <a href={`#/tasks/${notice.event.id}`}>
                {notice.event.name} #{notice.event.id}
              </a>{" "}
              <span class="type">
                {notice.event.type} · {tell(notice)}
              </span>
            </li>
          ))}
        </ul>
      )}
    </Warning>
  );
}

interface WarningProps {
  readonly kind: string;
  readonly title: string;
  readonly advice: string;
  readonly children?: ComponentChildren;
}

function Warning({ kind, title, advice, children }: WarningProps): JSX.Element {
  return (
    <section class={`card warning ${kind}`} data-warning={kind}>
      <h2>{title}</h2>
      <p>{advice}</p>
      {children}
    </section>
  );
}

function showTasks(type: string, name: string): void {
  setRowFilter({ state: "open", type, text: name });
  goTo("tasks");
}

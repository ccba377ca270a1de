import { useSignal } from "@preact/signals";
import type { ComponentChildren, JSX } from "preact";
import type { ApiError } from "./api-client.ts";
import type { Task, TaskPage } from "./api-types.ts";
import { applyEvent } from "./apply-event.ts";
import { CancelDialog } from "./cancel-dialog.tsx";
import { formatCount, formatMs, formatTime, formatValue } from "./format.ts";
import { eventsOf } from "./notices.ts";
import { serverNow } from "./numbers.ts";
import { durationOf } from "./row-order.ts";
import { config } from "./session.ts";
import { StateMark } from "./state-mark.tsx";
import { Timeline } from "./timeline.tsx";
import { traceLink } from "./trace-link.ts";
import { usePolled } from "./use-polled.ts";

const EVERY_MS = 1_000;
const SHOWN_CHILDREN = 100;

/** All that is known of one task. */
export function TaskDetail({ id }: { readonly id: number }): JSX.Element {
  const polled = usePolled<{ task: Task }>(`tasks/${id}`, {}, EVERY_MS);
  const { answer, problem } = polled.value;
  if (answer === undefined) {
    return (
      <>
        <h1 class="sr-only">Task {id}</h1>
        {problem === undefined ? <p class="empty">Loading…</p> : <Unknown id={id} problem={problem} />}
      </>
    );
  }
  const task = withItsEnd(answer.task);
  return (
    <article class="detail">
      <p class="crumbs">
        <a href="#/tasks">Tasks</a> › #{task.id}
      </p>
      <div class="title">
        <h1>{task.name}</h1> <StateMark task={task} /> <span class="type">{task.type}</span>
        <Cancel
          task={task}
          onAnswer={(now) => (polled.value = { answer: { task: now }, problem: undefined })}
        />
      </div>
      {problem?.code === "not_found" && (
        <p class="banner note">The process keeps this task no longer. This is what was known of it.</p>
      )}
      <ErrorCard task={task} />
      <Progress task={task} />
      <Timeline task={task} events={eventsOf(id)} />
      <div class="columns">
        <Facts task={task} />
        <Attributes task={task} />
      </div>
      <Relatives task={task} />
    </article>
  );
}

/** A busy process keeps an ended task for less than a second: its event may be all that says how it ended. */
function withItsEnd(task: Task): Task {
  const end = eventsOf(task.id).findLast(({ kind }) => endKinds.has(kind));
  return end === undefined ? task : (applyEvent(task, end) ?? task);
}

const endKinds: ReadonlySet<string> = new Set(["completed", "failed", "cancelled"]);

function Unknown({ id, problem }: { readonly id: number; readonly problem: ApiError }): JSX.Element {
  return (
    <p class="empty" role="alert">
      {problem.code === "not_found"
        ? `Task ${id} is not known here: it ended too long ago to be kept, or belongs to another process. `
        : `The task could not be read: ${problem.message}. `}
      <a href="#/tasks">Back to the tasks</a>
    </p>
  );
}

interface CancelProps {
  readonly task: Task;
  /** Called with the task as it stood when it had been asked to stop. */
  readonly onAnswer: (now: Task) => void;
}

function Cancel({ task, onAnswer }: CancelProps): JSX.Element | null {
  const isOpen = useSignal(false);
  if (task.endedAtMs !== undefined) return null;
  if (!config.value.actions)
    return (
      <span class="refused">
        <button type="button" class="danger cancel" disabled aria-describedby="why-not">
          Cancel
        </button>{" "}
        <small id="why-not">
          This page only shows: <code>httpApi(&#123; actions: true &#125;)</code> lets it cancel.
        </small>
      </span>
    );
  return (
    <>
      <button type="button" class="danger cancel" onClick={() => (isOpen.value = true)}>
        Cancel…
      </button>
      {isOpen.value && (
        <CancelDialog task={task} onAnswer={onAnswer} onClose={() => (isOpen.value = false)} />
      )}
    </>
  );
}

function ErrorCard({ task }: { readonly task: Task }): JSX.Element | null {
  if (task.errorType === undefined) return null;
  return (
    <section class="card error">
      <h2>{task.state === "failed" ? task.errorType : `Last attempt: ${task.errorType}`}</h2>
      <pre>{task.errorMessage === "" ? "(no message)" : task.errorMessage}</pre>
    </section>
  );
}

function Progress({ task: { progress, endedAtMs } }: { readonly task: Task }): JSX.Element | null {
  if (progress === undefined || progress.done === null) return null;
  const { done, total } = progress;
  const isBounded = total !== undefined && total !== null && total > 0;
  return (
    <section class="card progress">
      <label>
        {endedAtMs === undefined ? "Progress" : "Progress at the end"}: {formatCount(done)}
        {isBounded ? ` of ${formatCount(total)}` : ""}
        {isBounded && <progress value={Math.min(done, total)} max={total} />}
      </label>
    </section>
  );
}

function Facts({ task }: { readonly task: Task }): JSX.Element {
  const nowMs = serverNow();
  const { spawnedAtMs, startedAtMs, endedAtMs } = task;
  const traceHref = traceLink(config.value.traceUrl, eventsOf(task.id));
  const ago = (atMs: number): string => `${formatTime(atMs)} (${formatMs(nowMs - atMs)} ago)`;
  const facts: readonly (readonly [string, ComponentChildren])[] = [
    ["Ran for", formatMs(durationOf(task, nowMs))],
    ["Spawned", ago(spawnedAtMs)],
    [task.attempt > 1 ? "Started last" : "Started", startedAtMs === undefined ? "not yet" : ago(startedAtMs)],
    ...(endedAtMs === undefined ? [] : [["Ended", ago(endedAtMs)] as const]),
    ["Attempt", task.attempt === 0 ? "none yet" : task.attempt],
    ["Managed", task.managed ? "yes: policy applies to it" : "no: it is only observed"],
    ...(task.key === undefined ? [] : [["Key", task.key] as const]),
    ...(task.waitingFor === undefined ? [] : [["Waits for", task.waitingFor] as const]),
    ...(task.lastHeartbeatAtMs === undefined
      ? []
      : [["Last sign of life", ago(task.lastHeartbeatAtMs)] as const]),
    ...(task.cancelledBy === undefined ? [] : [["Cancelled by", task.cancelledBy] as const]),
    ...(traceHref === undefined
      ? []
      : [
          [
            "Trace",
            <a href={traceHref} target="_blank" rel="noreferrer noopener">
              open the trace
            </a>,
          ] as const,
        ]),
  ];
  return (
    <section class="card">
      <h2>Facts</h2>
      <dl class="facts">
        {facts.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

function Attributes({ task: { attributes } }: { readonly task: Task }): JSX.Element {
  const entries = Object.entries(attributes);
  return (
    <section class="card">
      <h2>Attributes</h2>
      {entries.length === 0 ? (
        <p class="empty">
          None. Pass <code>attributes</code> to the task to see them here.
        </p>
      ) : (
        <dl class="facts">
          {entries.map(([name, value]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{formatValue(value)}</dd>
            </div>
          ))}
        </dl>
      )}
    </section>
  );
}

function Relatives({ task: { id, parentId } }: { readonly task: Task }): JSX.Element {
  const children = usePolled<TaskPage>("tasks", { parentId: id, limit: SHOWN_CHILDREN }, EVERY_MS * 2).value
    .answer;
  return (
    <section class="card relatives">
      <h2>Parent and children</h2>
      <p>{parentId === undefined ? "It was started by no task." : <Parent id={parentId} />}</p>
      {children === undefined || children.total === 0 ? (
        <p>It has started no task that is still known.</p>
      ) : (
        <>
          <p>
            It started {children.total === 1 ? "one task" : `${formatCount(children.total)} tasks`}
            {children.total > SHOWN_CHILDREN ? `, the first ${SHOWN_CHILDREN} of which are` : ""}:
          </p>
          <ul class="plain-list">
            {children.tasks.map((child) => (
              <li key={child.id}>
                <StateMark task={child} /> <a href={`#/tasks/${child.id}`}>{child.name}</a>{" "}
                <span class="type">
                  {child.type} · {formatMs(durationOf(child, serverNow()))}
                </span>
              </li>
            ))}
          </ul>
        </>
      )}
    </section>
  );
}

function Parent({ id }: { readonly id: number }): JSX.Element {
  const parent = usePolled<{ task: Task }>(`tasks/${id}`, {}, EVERY_MS * 5).value.answer?.task;
  return (
    <>
      Started by <a href={`#/tasks/${id}`}>{parent === undefined ? `#${id}` : `${parent.name} #${id}`}</a>{" "}
      {parent !== undefined && <StateMark task={parent} />}
    </>
  );
}

import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useMemo } from "preact/hooks";
import type { Forest, TreeTask } from "./api-types.ts";
import { formatCount, formatMs } from "./format.ts";
import { serverNow } from "./numbers.ts";
import { goTo } from "./router.ts";
import { durationOf } from "./row-order.ts";
import { StateMark } from "./state-mark.tsx";
import { usePolled } from "./use-polled.ts";
import { useWidth } from "./use-width.ts";
import { VirtualList } from "./virtual-list.tsx";

const LIMIT = 5_000;
const EVERY_MS = 2_000;

interface Branch {
  readonly task: TreeTask;
  readonly level: number;
  readonly isClosed: boolean;
}

/** Live tasks below those that started them. */
export function TreeView(): JSX.Element {
  const { answer, problem } = usePolled<Forest>("tasks/tree", { limit: LIMIT }, EVERY_MS).value;
  const closed = useSignal<ReadonlySet<number>>(new Set());
  const branches = useMemo(
    () => (answer === undefined ? [] : flatten(answer.tasks, closed.value)),
    [answer, closed.value],
  );
  const isNarrow = useWidth() < 640;
  if (answer === undefined)
    return (
      <p class="empty">
        {problem === undefined ? "Loading…" : `The tree could not be read: ${problem.message}`}
      </p>
    );
  const toggle = (id: number): void => {
    const next = new Set(closed.value);
    if (!next.delete(id)) next.add(id);
    closed.value = next;
  };
  return (
    <section class="tasks">
      <p class="count" role="status">
        {formatCount(answer.shown)} live tasks
        {answer.truncated ? ", the deepest left out: there are more than the tree shows" : ""}
      </p>
      {branches.length === 0 ? (
        <p class="empty">
          Nothing runs. A task that is started inside another, in <code>tasks.run()</code> or a wrapped
          function, shows up below it.
        </p>
      ) : (
        <VirtualList
          role="tree"
          label="Live tasks"
          items={branches}
          rowHeight={isNarrow ? 44 : 32}
          idOf={({ task }) => `branch-${task.id}`}
          onOpen={({ task }) => goTo(`tasks/${task.id}`)}
          onKey={({ task, isClosed }, key) => {
            if ((key === "ArrowRight") === isClosed && task.children.length > 0) toggle(task.id);
          }}
          draw={({ task, level, isClosed }, props) => (
            <div
              {...props}
              key={props.id}
              role="treeitem"
              aria-level={level + 1}
              aria-expanded={task.children.length === 0 ? undefined : !isClosed}
              class={`${props.class} branch`}
            >
              <span style={{ width: `${Math.min(level, 12) * (isNarrow ? 10 : 20)}px` }} class="indent" />
              <button
                type="button"
                class="plain twig"
                tabIndex={-1}
                aria-hidden="true"
                disabled={task.children.length === 0}
                onClick={() => toggle(task.id)}
              >
                {task.children.length === 0 ? "·" : isClosed ? "▸" : "▾"}
              </button>
              <StateMark task={task} />
              <a href={`#/tasks/${task.id}`} tabIndex={-1} class="c-name">
                {task.name}
              </a>
              <span class="type minor">{task.type}</span>
              <span class="number">{formatMs(durationOf(task, serverNow()))}</span>
            </div>
          )}
        />
      )}
    </section>
  );
}

function flatten(tasks: readonly TreeTask[], closed: ReadonlySet<number>): Branch[] {
  const branches: Branch[] = [];
  const waiting = tasks.toReversed().map((task) => ({ task, level: 0 }));
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { task, level } = next;
    const isClosed = closed.has(task.id);
    branches.push({ task, level, isClosed });
    if (!isClosed)
      for (const child of task.children.toReversed()) waiting.push({ task: child, level: level + 1 });
  }
  return branches;
}

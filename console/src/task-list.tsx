import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useMemo } from "preact/hooks";
import { formatCount, formatMs } from "./format.ts";
import { serverNow, samples } from "./numbers.ts";
import { goTo } from "./router.ts";
import { durationOf, linesOf, rowOrders } from "./row-order.ts";
import type { Grouping, Layout, Line } from "./row-order.ts";
import { StateMark } from "./state-mark.tsx";
import { coverage, isWanted, MAX_ROWS, rowFilter, rows, setRowFilter, setRowsOpen } from "./task-rows.ts";
import type { RowFilter } from "./task-rows.ts";
import { useWidth } from "./use-width.ts";
import { VirtualList } from "./virtual-list.tsx";
import type { RowProps } from "./virtual-list.tsx";

const states = ["open", "running", "queued", "completed", "failed", "cancelled", "all"] as const;
const titles = {
  age: "oldest first",
  duration: "longest first",
  name: "name",
  type: "type",
  state: "state",
  id: "id",
};

/** The tasks as they come and go. */
export function TaskList(): JSX.Element {
  useEffect(() => {
    setRowsOpen(true);
    return () => setRowsOpen(false);
  }, []);
  const layout = useSignal<Layout>({
    order: "age",
    isReversed: false,
    grouping: "none",
    closedGroups: new Set(),
  });
  const filter = rowFilter.value;
  const all = rows.value;
  const shown = useMemo(() => all.filter((task) => isWanted(task, filter)), [all, filter]);
  const lines = useMemo(() => linesOf(shown, layout.value), [shown, layout.value]);
  const isNarrow = useWidth() < 640;
  const toggle = (name: string): void => {
    const closedGroups = new Set(layout.value.closedGroups);
    if (!closedGroups.delete(name)) closedGroups.add(name);
    layout.value = { ...layout.value, closedGroups };
  };
  return (
    <section class="tasks">
      <Filters layout={layout.value} onLayout={(next) => (layout.value = { ...layout.value, ...next })} />
      <p class="count" role="status">
        {countText(shown.length)}
      </p>
      {lines.length === 0 ? (
        <Nothing filter={filter} />
      ) : (
        <VirtualList
          role="grid"
          label="Tasks"
          items={lines}
          rowHeight={isNarrow ? 56 : 34}
          idOf={lineId}
          draw={(line, props) => <LineRow key={props.id} line={line} props={props} onToggle={toggle} />}
          onOpen={(line) => (line.kind === "task" ? goTo(`tasks/${line.task.id}`) : toggle(line.name))}
          onKey={(line) => line.kind === "group" && toggle(line.name)}
        />
      )}
    </section>
  );
}

interface FiltersProps {
  readonly layout: Layout;
  readonly onLayout: (layout: Partial<Layout>) => void;
}

function Filters({ layout, onLayout }: FiltersProps): JSX.Element {
  const filter = rowFilter.value;
  const types = Object.keys(samples.value.at(-1)?.stats.byType ?? {}).sort();
  return (
    <form class="filters" role="search" onSubmit={(event) => event.preventDefault()}>
      <label class="grow">
        <span>Search</span>
        <input
          type="search"
          placeholder="name, type or key ( / )"
          maxLength={200}
          value={filter.text}
          onInput={({ currentTarget }) => setRowFilter({ text: currentTarget.value })}
        />
      </label>
      <label>
        <span>State</span>
        <select
          aria-label="State"
          value={filter.state}
          onChange={({ currentTarget }) =>
            setRowFilter({ state: states.find((each) => each === currentTarget.value) ?? "open" })
          }
        >
          {states.map((each) => (
            <option key={each} value={each}>
              {each === "open" ? "live" : each}
            </option>
          ))}
        </select>
      </label>
      <label>
        <span>Type</span>
        <select
          aria-label="Type"
          value={filter.type}
          onChange={({ currentTarget }) => setRowFilter({ type: currentTarget.value })}
        >
          <option value="">all types</option>
          {types.map((each) => (
            <option key={each} value={each}>
              {each}
            </option>
          ))}
        </select>
      </label>
      <label>
        <span>Group</span>
        <select
          aria-label="Group"
          value={layout.grouping}
          onChange={({ currentTarget }) =>
            onLayout({ grouping: currentTarget.value as Grouping, closedGroups: new Set() })
          }
        >
          <option value="none">not grouped</option>
          <option value="name">by name</option>
          <option value="type">by type</option>
        </select>
      </label>
      <label>
        <span>Sort</span>
        <select
          aria-label="Sort"
          value={layout.order}
          onChange={({ currentTarget }) =>
            onLayout({ order: rowOrders.find((each) => each === currentTarget.value) ?? "age" })
          }
        >
          {rowOrders.map((each) => (
            <option key={each} value={each}>
              {titles[each]}
            </option>
          ))}
        </select>
      </label>
      <button
        type="button"
        class="reverse"
        aria-pressed={layout.isReversed}
        onClick={() => onLayout({ isReversed: !layout.isReversed })}
      >
        Reverse
      </button>
    </form>
  );
}

function LineRow({
  line,
  props,
  onToggle,
}: {
  readonly line: Line;
  readonly props: RowProps;
  readonly onToggle: (name: string) => void;
}): JSX.Element {
  if (line.kind === "group") {
    return (
      <div
        {...props}
        role="row"
        class={`${props.class} group`}
        onClick={() => (props.onClick(), onToggle(line.name))}
      >
        <span role="gridcell" aria-expanded={!line.isClosed}>
          {line.isClosed ? "▸" : "▾"} <b>{line.name}</b> <span class="type">{formatCount(line.count)}</span>
        </span>
      </div>
    );
  }
  const { task } = line;
  return (
    <div {...props} role="row" onClick={() => goTo(`tasks/${task.id}`)}>
      <span role="gridcell" class="c-state">
        <StateMark task={task} />
      </span>
      <span role="gridcell" class="c-name">
        <a href={`#/tasks/${task.id}`} tabIndex={-1} title={task.name}>
          {task.name}
        </a>
      </span>
      <span role="gridcell" class="c-type">
        {task.type}
      </span>
      <span role="gridcell" class="c-note">
        {noteOf(line.task)}
      </span>
      <span role="gridcell" class="c-time number">
        {formatMs(durationOf(task, serverNow()))}
      </span>
      <span role="gridcell" class="c-id number">
        #{task.id}
      </span>
    </div>
  );
}

function noteOf({ progress, errorType, errorMessage, waitingFor, attempt, key }: LineTask): string {
  const notes: string[] = [];
  if (progress !== undefined) notes.push(progressText(progress));
  if (errorType !== undefined) notes.push(`${errorType}: ${errorMessage ?? ""}`);
  if (waitingFor !== undefined && waitingFor !== "start") notes.push(`waits for ${waitingFor}`);
  if (attempt > 1) notes.push(`attempt ${attempt}`);
  if (key !== undefined) notes.push(`key ${key}`);
  return notes.join(" · ");
}

type LineTask = Extract<Line, { kind: "task" }>["task"];

function progressText({ done, total }: NonNullable<LineTask["progress"]>): string {
  if (done === null) return "";
  if (total === undefined || total === null || total <= 0) return `${formatCount(done)} done`;
  return `${Math.round((done / total) * 100)} %`;
}

function Nothing({ filter }: { readonly filter: RowFilter }): JSX.Element {
  if (coverage.value.isLoading) return <p class="empty">Loading…</p>;
  const isFiltered = filter.text !== "" || filter.type !== "" || filter.state !== "open";
  return (
    <p class="empty">
      {isFiltered ? "No task is like that now. " : "Nothing is queued or running. "}
      {isFiltered ? (
        <button type="button" onClick={() => setRowFilter({ text: "", type: "", state: "open" })}>
          Clear the filters
        </button>
      ) : (
        <button type="button" onClick={() => setRowFilter({ state: "all" })}>
          Show those that have ended
        </button>
      )}
    </p>
  );
}

function countText(shown: number): string {
  const { isPartial, total } = coverage.value;
  if (isPartial)
    return `${formatCount(shown)} of ${formatCount(total)} tasks: more than the ${formatCount(MAX_ROWS)} this page holds. Search, or choose a type.`;
  return shown === 1 ? "1 task" : `${formatCount(shown)} tasks`;
}

function lineId(line: Line): string {
  return line.kind === "task" ? `task-${line.task.id}` : `group-${line.name}`;
}

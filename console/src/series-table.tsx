import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { formatCount, formatMs, formatRate, formatSeconds } from "./format.ts";
import { seriesRows, serverNow } from "./numbers.ts";
import type { SeriesRow } from "./numbers.ts";
import { goTo } from "./router.ts";
import { setRowFilter } from "./task-rows.ts";

const SHOWN = 50;

interface Column {
  readonly title: string;
  readonly key: string;
  readonly value: (row: SeriesRow) => number | string;
  readonly text: (row: SeriesRow) => string;
  readonly isMinor?: boolean;
}

const columns: readonly Column[] = [
  { title: "Running", key: "running", value: (row) => row.running, text: (row) => formatCount(row.running) },
  {
    title: "Started",
    key: "perSecond",
    value: (row) => row.perSecond,
    text: (row) => formatRate(row.perSecond),
  },
  { title: "Failed", key: "failed", value: (row) => row.failed, text: (row) => formatCount(row.failed) },
  {
    title: "p50",
    key: "p50",
    value: ({ duration }) => duration.p50Seconds ?? -1,
    text: ({ duration }) => formatSeconds(duration.p50Seconds),
    isMinor: true,
  },
  {
    title: "p99",
    key: "p99",
    value: ({ duration }) => duration.p99Seconds ?? -1,
    text: ({ duration }) => formatSeconds(duration.p99Seconds),
  },
  { title: "Oldest", key: "oldest", value: ageMs, text: (row) => formatMs(oldestMs(row)), isMinor: true },
];

/** What runs by type and name. A row leads to its tasks. */
export function SeriesTable(): JSX.Element {
  const order = useSignal("running");
  const all = seriesRows.value;
  if (all === undefined) return <p class="empty">Waiting for the first numbers…</p>;
  if (all.length === 0)
    return (
      <p class="empty">
        No task has run yet. Wrap a function with <code>tasks.wrap()</code>, or run one with{" "}
        <code>tasks.run()</code>, and it shows up here.
      </p>
    );
  const column = columns.find(({ key }) => key === order.value);
  const sorted = all.toSorted((a, b) => compare(a, b, column)).slice(0, SHOWN);
  return (
    <section class="card series">
      <h2>By name {all.length > SHOWN ? `(the first ${SHOWN} of ${formatCount(all.length)})` : ""}</h2>
      <table>
        <thead>
          <tr>
            <th scope="col">Name</th>
            {columns.map(({ title, key, isMinor }) => (
              <th
                scope="col"
                key={key}
                class={isMinor === true ? "number minor" : "number"}
                aria-sort={order.value === key ? "descending" : undefined}
              >
                <button type="button" class="plain" onClick={() => (order.value = key)}>
                  {title}
                </button>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {sorted.map((row) => (
            <tr key={`${row.type}\n${row.name}`}>
              <th scope="row">
                <button type="button" class="plain name" onClick={() => showTasks(row)}>
                  {row.name}
                </button>{" "}
                <span class="type">{row.type}</span>
              </th>
              {columns.map(({ key, text, isMinor }) => (
                <td key={key} class={isMinor === true ? "number minor" : "number"}>
                  {text(row)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function compare(a: SeriesRow, b: SeriesRow, column: Column | undefined): number {
  const [x, y] = [column?.value(a) ?? 0, column?.value(b) ?? 0];
  if (typeof x === "number" && typeof y === "number" && x !== y) return y - x;
  return a.name < b.name ? -1 : 1;
}

function oldestMs({ oldestStartedAtMs }: SeriesRow): number | undefined {
  return oldestStartedAtMs === undefined ? undefined : serverNow() - oldestStartedAtMs;
}

function ageMs(row: SeriesRow): number {
  return oldestMs(row) ?? -1;
}

function showTasks({ type, name }: SeriesRow): void {
  setRowFilter({ state: "all", type, text: name });
  goTo("tasks");
}

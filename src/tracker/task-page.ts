import { comparePlaces } from "../plugin/index.ts";
import type { TaskOrder, TaskPage, TaskPlace, TaskQuery } from "../plugin/index.ts";
import type { Machine } from "./machine.ts";
import { infoOf, selectTasks } from "./task-queries.ts";
import type { TaskRecord } from "./task-record.ts";

/** A page of the live and retained tasks. */
export function pageOf(machine: Machine, query: TaskQuery): TaskPage {
  const { text, orderBy = "id", descending = false, after, limit, asOfMs: given, ...filter } = query;
  machine.wallClock.synchronise();
  const asOfMs = given ?? machine.clock.now();
  const placeOf = (record: TaskRecord): TaskPlace => ({
    value: valueOf(record, orderBy, asOfMs),
    id: record.id,
  });
  const fitting = withText(selectTasks(machine, filter, false), text);
  const rest =
    after === undefined
      ? fitting.slice()
      : fitting.filter((record) => comparePlaces(placeOf(record), after, descending) > 0);
  // They are in the order of their ids already.
  if (orderBy === "id" && descending) rest.reverse();
  else if (orderBy !== "id") sortByPlace(rest, placeOf, descending);
  const entries = rest
    .slice(0, limit)
    .map((record) => ({ task: infoOf(machine, record), place: placeOf(record) }));
  return { entries, total: fitting.length, hasMore: rest.length > limit, asOfMs };
}

function sortByPlace(
  records: TaskRecord[],
  placeOf: (record: TaskRecord) => TaskPlace,
  descending: boolean,
): void {
  // Each place once: a comparison is made many times a task.
  const placed = records.map((record) => ({ record, place: placeOf(record) }));
  placed.sort((a, b) => comparePlaces(a.place, b.place, descending));
  for (const [index, { record }] of placed.entries()) records[index] = record;
}

function withText(records: TaskRecord[], text: string | undefined): TaskRecord[] {
  if (text === undefined || text === "") return records;
  const wanted = text.toLowerCase();
  return records.filter(({ name, type, details }) =>
    [name, type, details?.key].some((each) => each?.toLowerCase().includes(wanted)),
  );
}

function valueOf(record: TaskRecord, order: TaskOrder, asOfMs: number): number | string | undefined {
  switch (order) {
    case "id":
      return record.id;
    case "name":
      return record.name;
    case "type":
      return record.type;
    case "startedAtMs":
      return record.startedMs >= 0 ? record.startedMs : undefined;
    case "endedAtMs":
      return record.endedMs;
    case "durationMs":
      return record.ranMs(record.endedMs ?? asOfMs);
  }
}

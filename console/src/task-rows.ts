import { signal } from "@preact/signals";
import { ask } from "./api-client.ts";
import type { Task, TaskEvent, TaskPage, TaskState } from "./api-types.ts";
import { applyEvent } from "./apply-event.ts";
import { link, listen, paused } from "./session.ts";

/** Which tasks are looked at. `open`: queued and running ones. */
export interface RowFilter {
  readonly state: TaskState | "open" | "all";
  readonly text: string;
  readonly type: string;
}

/** How far the page has the tasks it looks at. */
export interface Coverage {
  readonly isLoading: boolean;
  /** How many the server had of them when it was asked last. */
  readonly total: number;
  /** Whether the page has only some of them, as there are more than it takes. */
  readonly isPartial: boolean;
}

/** How many rows the page holds. */
export const MAX_ROWS = 20_000;
const PAGE = 1_000;
/** Events tell what changes; this finds what they missed. */
const RELOAD_EVERY_MS = 10_000;
const SHOW_EVERY_MS = 250;

export const rowFilter = signal<RowFilter>({ state: "open", text: "", type: "" });
/** The tasks, by id, at the last time they were shown. A new array means that something has changed. */
export const rows = signal<readonly Task[]>([]);
export const coverage = signal<Coverage>({ isLoading: true, total: 0, isPartial: false });

const byId = new Map<number, Task>();
/** Of which events said something since the pages were asked for. */
const changedSince = new Set<number>();
let generation = 0;
let isShowDue = false;
let isOpen = false;

/** Keeps the rows true while somebody looks at them. */
export function watchRows(): void {
  listen({ onStale: () => void reload(), onEvents: takeEvents });
  setInterval(() => void reload(), RELOAD_EVERY_MS);
}

/** Says whether the rows are looked at; costs nothing while they are not. */
export function setRowsOpen(isWanted: boolean): void {
  if (isWanted === isOpen) return;
  isOpen = isWanted;
  if (isOpen) void reload();
}

/** Looks at other tasks. */
export function setRowFilter(filter: Partial<RowFilter>): void {
  rowFilter.value = { ...rowFilter.value, ...filter };
  void reload();
}

/** Whether the filter lets a task through, as the server would. */
export function isWanted(task: Task, { state, text, type }: RowFilter): boolean {
  if (state === "open" ? task.endedAtMs !== undefined : state !== "all" && task.state !== state) return false;
  if (type !== "" && task.type !== type) return false;
  if (text === "") return true;
  const wanted = text.toLowerCase();
  return [task.name, task.type, task.key ?? ""].some((each) => each.toLowerCase().includes(wanted));
}

async function reload(): Promise<void> {
  if (!isOpen || paused.value || link.value.state !== "live" || document.hidden) return;
  const own = ++generation;
  const filter = rowFilter.value;
  coverage.value = { ...coverage.value, isLoading: true };
  const found = new Map<number, Task>();
  changedSince.clear();
  let total = 0;
  try {
    for (const state of statesOf(filter.state)) {
      let cursor: string | null | undefined;
      do {
        const query = { state, text: filter.text, type: filter.type, limit: PAGE };
        const page: TaskPage = await ask("tasks", { ...query, ...(cursor == null ? {} : { cursor }) });
        if (own !== generation) return;
        if (cursor === undefined) total += page.total;
        for (const task of page.tasks) found.set(task.id, task);
        cursor = page.nextCursor;
      } while (cursor !== null && found.size < MAX_ROWS);
    }
  } catch {
    if (own === generation) coverage.value = { ...coverage.value, isLoading: false };
    return;
  }
  // What events said while the pages came is newer than the pages.
  for (const id of changedSince) {
    const task = byId.get(id);
    if (task === undefined) found.delete(id);
    else found.set(id, task);
  }
  byId.clear();
  for (const [id, task] of found) byId.set(id, task);
  coverage.value = { isLoading: false, total, isPartial: total > MAX_ROWS };
  show();
}

function takeEvents(events: readonly TaskEvent[]): void {
  if (!isOpen || paused.value) return;
  const filter = rowFilter.value;
  for (const event of events) {
    if (event.id === 0) continue;
    const next = applyEvent(byId.get(event.id), event);
    if (next === undefined) continue;
    changedSince.add(event.id);
    if (!isWanted(next, filter)) byId.delete(event.id);
    else if (byId.has(event.id) || byId.size < MAX_ROWS) byId.set(event.id, next);
  }
  if (isShowDue) return;
  isShowDue = true;
  setTimeout(() => {
    isShowDue = false;
    if (!paused.value) show();
  }, SHOW_EVERY_MS);
}

function show(): void {
  rows.value = [...byId.values()];
}

function statesOf(state: RowFilter["state"]): readonly (TaskState | undefined)[] {
  if (state === "all") return [undefined];
  return state === "open" ? ["running", "queued"] : [state];
}

import { comparePlaces, mergeSnapshots } from "../../plugin/index.ts";
import type { BoundedForest, PluginContext, TaskPage, TaskQuery, TreeBounds } from "../../plugin/index.ts";
import type { StatsSnapshot } from "../../stats/index.ts";
import type { TaskFilter, TaskInfo } from "../../task/index.ts";

/** The trackers that one API shows, as if they were one. Ids of tasks are unique in the process. */
export class ApiTrackers {
  readonly #contexts = new Set<PluginContext>();

  get all(): Iterable<PluginContext> {
    return this.#contexts;
  }

  add(context: PluginContext): void {
    this.#contexts.add(context);
  }

  remove(context: PluginContext): void {
    this.#contexts.delete(context);
  }

  /** Whether there is a tracker, and none that shuts down. */
  get areOpen(): boolean {
    return this.#contexts.size > 0 && [...this.#contexts].every(({ control }) => !control.isClosing);
  }

  stats(): StatsSnapshot {
    const snapshots = Array.from(this.#contexts, (context) => context.stats());
    const [only] = snapshots;
    return snapshots.length === 1 && only !== undefined ? only : mergeSnapshots(snapshots);
  }

  find(id: number): TaskInfo | undefined {
    for (const { control } of this.#contexts) {
      const task = control.find(id);
      if (task !== undefined) return task;
    }
    return undefined;
  }

  page(query: TaskQuery): TaskPage {
    const pages = Array.from(this.#contexts, ({ control }) => control.page(query));
    const [only] = pages;
    if (pages.length === 1 && only !== undefined) return only;
    const entries = pages
      .flatMap((page) => page.entries)
      .toSorted((a, b) => comparePlaces(a.place, b.place, query.descending ?? false));
    return {
      entries: entries.slice(0, query.limit),
      total: pages.reduce((sum, { total }) => sum + total, 0),
      hasMore: pages.some(({ hasMore }) => hasMore) || entries.length > query.limit,
      asOfMs: only?.asOfMs ?? 0,
    };
  }

  tree(id: number | undefined, bounds: TreeBounds): BoundedForest | undefined {
    const merged: { roots: TaskInfoTree[]; shown: number; truncated: boolean } = {
      roots: [],
      shown: 0,
      truncated: false,
    };
    let isFound = false;
    for (const { control } of this.#contexts) {
      const forest = control.tree(id, { ...bounds, maxTasks: bounds.maxTasks - merged.shown });
      if (forest === undefined) continue;
      isFound = true;
      merged.roots.push(...forest.roots);
      merged.shown += forest.shown;
      merged.truncated ||= forest.truncated;
    }
    return isFound || id === undefined ? merged : undefined;
  }

  cancel(id: number, reason: unknown): boolean {
    return Array.from(this.#contexts).some(({ control }) => control.cancel(id, reason));
  }

  cancelWhere(filter: TaskFilter, reason: unknown): number {
    let cancelled = 0;
    for (const { control } of this.#contexts) cancelled += control.cancelWhere(filter, reason);
    return cancelled;
  }
}

type TaskInfoTree = BoundedForest["roots"][number];

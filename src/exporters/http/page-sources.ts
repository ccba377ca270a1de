import type { PluginContext } from "../../plugin/index.ts";
import type { StatsSnapshot } from "../../stats/index.ts";

/** The trackers of one page. */
export class PageSources {
  readonly #contexts = new Set<PluginContext>();
  readonly #reported = new WeakSet<PluginContext>();

  add(context: PluginContext): void {
    this.#contexts.add(context);
  }

  remove(context: PluginContext): void {
    this.#contexts.delete(context);
  }

  /** The numbers of all trackers at this instant, by prefix. A tracker that cannot be read is left out and reported once. */
  read(): Map<string, StatsSnapshot[]> {
    const byPrefix = new Map<string, StatsSnapshot[]>();
    for (const context of this.#contexts) {
      try {
        const snapshot = context.stats();
        byPrefix.set(context.prefix, [...(byPrefix.get(context.prefix) ?? []), snapshot]);
      } catch (error) {
        this.#report(context, "metricsPage() could not read a tracker; its metrics are missing", error);
      }
    }
    return byPrefix;
  }

  /** Reports, once, that no page could be made. */
  reportFailure(error: unknown): void {
    const [context] = this.#contexts;
    if (context !== undefined) this.#report(context, "metricsPage() could not answer a request", error);
  }

  #report(context: PluginContext, message: string, error: unknown): void {
    if (this.#reported.has(context)) return;
    this.#reported.add(context);
    context.diag.warn(message, error);
  }
}

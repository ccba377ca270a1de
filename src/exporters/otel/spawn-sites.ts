import type { Span } from "@opentelemetry/api";
import type { HookTask, TaskOrigin } from "../../plugin/index.ts";
import { currentSite, siteIn } from "./spawn-site.ts";
import type { SpawnSite } from "./spawn-site.ts";

/** How many spans of a series look at their stack from the first on, and how often one does after that. */
const EAGER_LOOKS = 3;
const LOOK_EVERY = 1_000;

interface SeriesSites {
  spans: number;
  site: SpawnSite | undefined;
  isMixed: boolean;
}

/**
 * Knows where tasks are spawned without a stack for each. The first three recorded spans of a series look at theirs, and
 * one of a thousand after that. As long as all saw the same place, every span of the series gets it; from the first
 * that differs, only those that looked. A run of `every` has the place where `every` was called.
 */
export class SpawnSites {
  // By series and by origin: what ceases to exist takes its entry along.
  readonly #series = new WeakMap<object, SeriesSites>();
  readonly #origins = new WeakMap<TaskOrigin, { readonly site: SpawnSite | undefined }>();

  /** Writes the place onto the span of a task that is being spawned in this call. */
  write(span: Span, task: HookTask): void {
    const site = task.origin === undefined ? this.#ofSeries(task.series) : this.#ofOrigin(task.origin);
    if (site === undefined) return;
    if (site.functionName !== undefined) span.setAttribute("code.function.name", site.functionName);
    span.setAttribute("code.file.path", site.filePath);
    span.setAttribute("code.line.number", site.line);
  }

  #ofSeries(series: object): SpawnSite | undefined {
    let known = this.#series.get(series);
    if (known === undefined)
      this.#series.set(series, (known = { spans: 0, site: undefined, isMixed: false }));
    known.spans += 1;
    if (known.spans > EAGER_LOOKS && known.spans % LOOK_EVERY !== 0)
      return known.isMixed ? undefined : known.site;
    const site = currentSite();
    if (known.spans === 1) known.site = site;
    else if (!isSame(known.site, site)) known.isMixed = true;
    return site;
  }

  #ofOrigin(origin: TaskOrigin): SpawnSite | undefined {
    let known = this.#origins.get(origin);
    if (known === undefined) this.#origins.set(origin, (known = { site: siteIn(origin.stack) }));
    return known.site;
  }
}

function isSame(a: SpawnSite | undefined, b: SpawnSite | undefined): boolean {
  return a?.filePath === b?.filePath && a?.line === b?.line && a?.functionName === b?.functionName;
}

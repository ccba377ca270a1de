import { createTracker } from "taskscope";
import type { BlockedEvent, Tracker, TrackerOptions } from "taskscope";
import { blockedLoop } from "taskscope/forensics";
import type { BlockedLoopOptions } from "taskscope/forensics";
import { metricsPage } from "taskscope/http";

/** Keeps the event loop from turning, in JavaScript. */
export function block(ms: number): void {
  const endMs = performance.now() + ms;
  while (performance.now() < endMs);
}

/** A tracker with the plugin: what it tells of blocks, counts of them, and warns of. */
export interface Watched {
  readonly tasks: Tracker;
  readonly events: BlockedEvent[];
  readonly warnings: string[];
  /**
   * Blocks the loop by `hold` until an event about a task of that name comes. On a busy machine the watchdog may wake too
   * late for a block, which is then nobody's: each is told somehow.
   */
  readonly eventOf: (name: string, hold: () => unknown) => Promise<BlockedEvent>;
  /** The seconds that are counted for a name, of whatever type; `undefined` where there is no value. */
  readonly seconds: (name: string) => Promise<number | undefined>;
}

/** What nobody could see is told to the oldest tracker, whichever waits: an event of any of them wakes all who wait. */
const wakers = new Set<() => void>();

export async function watch(
  options: BlockedLoopOptions = {},
  { plugins = [], ...trackerOptions }: TrackerOptions = {},
): Promise<Watched> {
  const events: BlockedEvent[] = [];
  const warnings: string[] = [];
  const page = metricsPage();
  const tasks = createTracker({
    diag: { warn: (message) => void warnings.push(message) },
    plugins: [page, blockedLoop(options), ...plugins],
    ...trackerOptions,
  });
  tasks.subscribe({ name: "test", kinds: ["blocked"] }, (event) => {
    if (event.kind === "blocked") events.push(event);
    for (const wake of wakers) wake();
  });
  await tasks.ready;
  return {
    tasks,
    events,
    warnings,
    async eventOf(name, hold) {
      for (;;) {
        let wake = (): void => {};
        const told = new Promise<void>((resolve) => (wake = resolve));
        wakers.add(wake);
        await hold();
        await told;
        wakers.delete(wake);
        const found = events.find((event) => event.name === name);
        if (found !== undefined) return found;
      }
    },
    async seconds(name) {
      const { body } = await page.render();
      const pattern = new RegExp(
        `^taskscope_event_loop_blocked_seconds_total\\{.*task_name="${name}"\\} (.*)$`,
        "m",
      );
      const value = pattern.exec(body)?.[1];
      return value === undefined ? undefined : Number(value);
    },
  };
}

import { createTracker } from "taskscope";
import type { Tracker, TrackerOptions } from "taskscope";
import { lifecycleLog } from "taskscope/log";
import type { LifecycleLogOptions, LogLine } from "taskscope/log";
import { ManualClock } from "taskscope/testing";

/** A tracker that logs into an array. */
export function makeLogged(options: LifecycleLogOptions = {}, trackerOptions: TrackerOptions = {}) {
  const clock = new ManualClock();
  const warnings: string[] = [];
  const lines: LogLine[] = [];
  const plugins = [
    ...(trackerOptions.plugins ?? []),
    lifecycleLog({ sink: (line) => void lines.push(line), ...options }),
  ];
  const diag = { warn: (message: string) => void warnings.push(message) };
  const tasks = createTracker({ clock, diag, ...trackerOptions, plugins });
  const said = (): string[] => lines.map(({ level, message }) => `${level} ${message}`);
  return { clock, warnings, lines, tasks, said };
}

/** Ends a task badly: with a `TypeError`, or what is given. */
export async function fail(tasks: Tracker, name: string, ...thrown: readonly unknown[]): Promise<void> {
  const [error] = thrown.length === 0 ? [new TypeError("no")] : thrown;
  await tasks
    .run(name, () => {
      throw error;
    })
    .catch(() => undefined);
}

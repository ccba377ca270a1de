import type { Tracker } from "taskscope";
import type { ManualClock } from "./manual-clock.ts";

/** Lets a workload that is left running end. */
export type Finish = () => Promise<void>;

/**
 * Tasks of every kind and outcome, of known durations: observed and managed, completed, failed with an Error and with a
 * string, cancelled before and after the start, one still running, and a name that needs escaping.
 */
export async function runWorkload(tasks: Tracker, clock: ManualClock): Promise<Finish> {
  tasks.wrap("parse", () => clock.advance(2))();
  await tasks.run({ name: "get-user", type: "database" }, async () => {
    await null;
    clock.advance(30);
  });
  await tasks
    .run({ name: "charge", type: "network" }, async () => {
      await null;
      clock.advance(120);
      throw new TypeError("card declined");
    })
    .catch(() => {});
  await tasks
    .run({ name: "charge", type: "network" }, () => {
      clock.advance(2_000);
      throw "no route";
    })
    .catch(() => {});
  const late = tasks.spawn({ name: 'say "hi" \\ bye', type: "network" }, () => clock.advance(1));
  clock.advance(0.25);
  await late.result;
  const never = tasks.spawn("never-started", () => {});
  never.cancel("changed my mind");
  await never.outcome;
  let noteStart = (): void => {};
  const hasStarted = new Promise<void>((resolve) => (noteStart = resolve));
  const stopped = tasks.spawn(
    "stopped",
    ({ signal }) =>
      new Promise((_resolve, reject) => {
        signal.addEventListener("abort", () => reject(signal.reason as Error));
        clock.advance(5);
        noteStart();
      }),
  );
  await hasStarted;
  stopped.cancel();
  await stopped.outcome;
  let open = (): void => {};
  const gate = new Promise<void>((resolve) => (open = resolve));
  const streaming = tasks.run({ name: "stream", type: "network" }, () => gate);
  return async () => {
    open();
    await streaming;
  };
}

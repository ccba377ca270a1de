import type { Clock, ClockTimer } from "./clock.ts";

/** How far before its instant a timer counts as on time, in milliseconds: above what sums of readings lose. */
const TOLERANCE_MS = 0.001;

/**
 * Calls `callback` once, not before the clock reads `dueMs`. A timer of the platform may fire a little early, and takes
 * no delay above 24 days: this one is set again until its instant has come.
 */
export function timerUntil(
  clock: Clock,
  dueMs: number,
  keepAlive: boolean,
  callback: () => void,
): ClockTimer {
  const arm = (): ClockTimer => clock.setTimer(wake, dueMs - clock.now(), keepAlive);
  const wake = (): void => {
    if (clock.now() >= dueMs - TOLERANCE_MS) callback();
    else timer = arm();
  };
  let timer = arm();
  return { cancel: () => timer.cancel() };
}

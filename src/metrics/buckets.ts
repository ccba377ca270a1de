/**
 * Upper bounds of the spawn latency histogram, in seconds. They start at ten microseconds because a free slot starts
 * a body within that, and hold fractional bounds (0.1, 0.25, 2.5) that read the same in every Prometheus version.
 */
export const spawnLatencyBounds: readonly number[] = [
  0.00001, 0.00005, 0.0001, 0.0005, 0.001, 0.005, 0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 60,
];

/** Upper bounds of the duration histogram, in seconds: one millisecond to half an hour. */
export const durationBounds: readonly number[] = [
  0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800,
];

/**
 * Upper bounds of the event loop's delay, in seconds. Timers of Node count whole milliseconds: below two of them the
 * delay is that of the timer.
 */
export const loopDelayBounds: readonly number[] = [
  0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
];

/** Upper bounds of the cleanup histogram, in seconds: one sweep of the finished tasks. */
export const cleanupBounds: readonly number[] = [0.0001, 0.0005, 0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1];

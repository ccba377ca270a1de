const counts = new Intl.NumberFormat("en-US");

/** `12,345` */
export function formatCount(count: number): string {
  return counts.format(count);
}

/** `0.42 ms`, `17 ms`, `1.3 s`; a dash when there is nothing to say. */
export function formatDuration(seconds: number | undefined): string {
  if (seconds === undefined) return "-";
  const milliseconds = seconds * 1_000;
  if (milliseconds < 10) return `${milliseconds.toFixed(2)} ms`;
  if (milliseconds < 1_000) return `${milliseconds.toFixed(0)} ms`;
  return `${seconds.toFixed(1)} s`;
}

/** `3.4/s`, `1,250/s` */
export function formatRate(perSecond: number): string {
  return `${perSecond < 10 ? perSecond.toFixed(1) : formatCount(Math.round(perSecond))}/s`;
}

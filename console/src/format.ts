const whole = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });
const short = new Intl.NumberFormat("en", { maximumFractionDigits: 1 });

/** `12,345` */
export function formatCount(value: number | undefined): string {
  return value === undefined ? "–" : whole.format(value);
}

/** `12.3/s` */
export function formatRate(perSecond: number | undefined): string {
  if (perSecond === undefined) return "–";
  return `${perSecond >= 100 ? whole.format(perSecond) : short.format(perSecond)}/s`;
}

/** `850 µs`, `12.5 ms`, `3.2 s`, `4 min 5 s`, `2 h 10 min`, `3 d 4 h` */
export function formatMs(durationMs: number | undefined): string {
  if (durationMs === undefined || !Number.isFinite(durationMs)) return "–";
  const ms = Math.max(durationMs, 0);
  if (ms === 0) return "0";
  if (ms < 1) return `${whole.format(ms * 1_000)} µs`;
  if (ms < 1_000) return `${ms < 10 ? short.format(ms) : whole.format(ms)} ms`;
  const seconds = ms / 1_000;
  if (seconds < 60) return `${short.format(seconds)} s`;
  if (seconds < 3_600) return `${Math.floor(seconds / 60)} min ${Math.floor(seconds % 60)} s`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3_600)} h ${Math.floor((seconds % 3_600) / 60)} min`;
  return `${Math.floor(seconds / 86_400)} d ${Math.floor((seconds % 86_400) / 3_600)} h`;
}

export function formatSeconds(seconds: number | undefined): string {
  return formatMs(seconds === undefined ? undefined : seconds * 1_000);
}

/** `14:03:22.118`, by the reader's clock. */
export function formatTime(atMs: number): string {
  const date = new Date(atMs);
  const two = (value: number): string => String(value).padStart(2, "0");
  const millis = String(date.getMilliseconds()).padStart(3, "0");
  return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}.${millis}`;
}

/** `14:03:22`, by the reader's clock. */
export function formatClock(atMs: number): string {
  return formatTime(atMs).slice(0, 8);
}

/** `1.2 MB` */
export function formatBytes(bytes: number): string {
  if (bytes < 1_000) return `${whole.format(bytes)} B`;
  return bytes < 1_000_000 ? `${short.format(bytes / 1_000)} kB` : `${short.format(bytes / 1_000_000)} MB`;
}

/** What an attribute's value is, as text. */
export function formatValue(value: unknown): string {
  return typeof value === "string" ? value : (JSON.stringify(value) ?? String(value));
}

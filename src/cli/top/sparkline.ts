const levels = "▁▂▃▄▅▆▇█";

/** The last values as bars, the latest at the right end; the highest of them is a full bar. Gaps stay blank. */
export function sparkline(values: readonly (number | undefined)[], width: number): string {
  const shown = width <= 0 ? [] : values.slice(-width);
  const highest = Math.max(0, ...shown.map((value) => value ?? 0));
  const bars = shown.map((value) => {
    if (value === undefined) return " ";
    if (value <= 0 || highest === 0) return levels[0];
    return levels[
      Math.min(levels.length - 1, Math.max(1, Math.round((value / highest) * (levels.length - 1))))
    ];
  });
  return bars.join("").padStart(width);
}

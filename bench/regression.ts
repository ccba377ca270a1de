/** A line through points by least squares. */
export interface Line {
  readonly slope: number;
  /** The 95 % confidence interval of the slope. Without bounds below three points. */
  readonly low: number;
  readonly high: number;
  /** Standard deviation of the points around the line. */
  readonly noise: number;
}

export function lineThrough(points: readonly (readonly [x: number, y: number])[]): Line {
  const count = points.length;
  const meanX = mean(points.map(([x]) => x));
  const meanY = mean(points.map(([, y]) => y));
  const spread = sum(points.map(([x]) => (x - meanX) ** 2));
  const slope = spread === 0 ? 0 : sum(points.map(([x, y]) => (x - meanX) * (y - meanY))) / spread;
  const squares = sum(points.map(([x, y]) => (y - meanY - slope * (x - meanX)) ** 2));
  const noise = count > 2 ? Math.sqrt(squares / (count - 2)) : 0;
  const margin = count > 2 ? (studentT(count - 2) * noise) / Math.sqrt(spread) : Number.POSITIVE_INFINITY;
  return { slope, low: slope - margin, high: slope + margin, noise };
}

const tByDegrees = [12.71, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228];

/** The two-sided 95 % quantile of Student's distribution, above ten degrees of freedom within 0.5 %. */
function studentT(degrees: number): number {
  return tByDegrees[degrees - 1] ?? 1.96 + 2.5 / degrees;
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
const mean = (values: readonly number[]): number => sum(values) / values.length;

/** Quantile of the normal distribution for an interval that holds the truth 95 times of 100. */
export const Z95 = 1.959963984540054;

export interface Interval {
  low: number;
  high: number;
}

/** Wilson score interval of a share; never below 0 or above 1. */
export const wilson = (positive: number, n: number, z = Z95): Interval => {
  if (n === 0) return { low: 0, high: 1 };
  const p = positive / n;
  const centre = (p + (z * z) / (2 * n)) / (1 + (z * z) / n);
  const half = (z / (1 + (z * z) / n)) * Math.sqrt((p * (1 - p)) / n + (z * z) / (4 * n * n));
  return { low: Math.max(0, centre - half), high: Math.min(1, centre + half) };
};

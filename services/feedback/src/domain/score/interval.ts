import type { Interval } from '@throughline/core';
import { Z95 } from '@throughline/core';

/** Net score of promoters and detractors, -1 to 1, and the variance of one answer. */
export const netScore = (promoters: number, detractors: number, n: number): { score: number; variance: number } => {
  const p = promoters / n;
  const d = detractors / n;
  return { score: p - d, variance: p + d - (p - d) ** 2 };
};

/** Plain interval of a net score; too narrow for small n. */
export const netWald = (promoters: number, detractors: number, n: number, z = Z95): Interval => {
  const { score, variance } = netScore(promoters, detractors, n);
  const half = z * Math.sqrt(variance / n);
  return { low: score - half, high: score + half };
};

/** Adjusted Wald interval of a net score: three answers more, three quarters promoters, three quarters detractors. */
export const netAdjustedWald = (promoters: number, detractors: number, n: number, z = Z95): Interval => {
  const { low, high } = netWald(promoters + 0.75, detractors + 0.75, n + 3, z);
  return { low: Math.max(-1, low), high: Math.min(1, high) };
};

/** Normal interval of a mean. */
export const meanInterval = (mean: number, variance: number, n: number, z = Z95): Interval => {
  const half = z * Math.sqrt(variance / n);
  return { low: mean - half, high: mean + half };
};

/** Answers needed for a share to be within `error`; of a finite population when its size is known. Rounded up. */
export const sampleSize = (error: number, population?: number, share = 0.5, z = Z95): number => {
  const infinite = (z * z * share * (1 - share)) / (error * error);
  return Math.ceil(population === undefined ? infinite : infinite / (1 + (infinite - 1) / population));
};

/** Answers that each of two groups needs before a difference like the one between them is certain. */
export const toTellApart = (a: { value: number; variance: number }, b: { value: number; variance: number }): number => {
  const difference = Math.abs(a.value - b.value);
  if (difference === 0) return Number.POSITIVE_INFINITY;
  return Math.ceil(((Z95 * (Math.sqrt(a.variance) + Math.sqrt(b.variance))) / difference) ** 2);
};

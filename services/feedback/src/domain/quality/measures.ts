import { wilson } from '@throughline/core';
import { meanInterval } from '../score/interval';
import type { Distribution } from '../score/score';
import { SMALLEST } from '../score/score';

/** A measure that says how sure it is. */
export interface Measure {
  n: number;
  value?: number | undefined;
  low?: number | undefined;
  high?: number | undefined;
  sampleTooSmall: boolean;
  method: string;
}

/** Share in percent, Wilson interval. */
export const shareMeasure = (positive: number, n: number): Measure => {
  const base = { n, sampleTooSmall: n < SMALLEST, method: 'share, Wilson interval' };
  if (n === 0) return base;
  const { low, high } = wilson(positive, n);
  return { ...base, value: (positive / n) * 100, low: low * 100, high: high * 100 };
};

const SCORE = 'score:';

/** Mean of evaluation scores, normal interval within 0 and 100. */
export const qualityMeasure = (counts: Distribution): Measure => {
  const scores = Object.entries(counts).flatMap(([name, times]) =>
    name.startsWith(SCORE) ? [[Number(name.slice(SCORE.length)), times] as const] : [],
  );
  const n = scores.reduce((sum, [, times]) => sum + times, 0);
  const base = { n, sampleTooSmall: n < SMALLEST, method: 'mean of evaluations, normal interval' };
  if (n === 0) return base;
  const mean = scores.reduce((sum, [value, times]) => sum + value * times, 0) / n;
  const squares = scores.reduce((sum, [value, times]) => sum + (value - mean) ** 2 * times, 0);
  const { low, high } = meanInterval(mean, n > 1 ? squares / (n - 1) : 0, n);
  return { ...base, value: mean, low: Math.max(0, low), high: Math.min(100, high) };
};

/** Contacts solved at first of those whose window is over. */
export const resolutionMeasure = (counts: Distribution): Measure => {
  const first = counts['first'] ?? 0;
  return shareMeasure(first, first + (counts['repeated'] ?? 0));
};

export const accuracyMeasure = (counts: Distribution): Measure => {
  const clean = counts['clean'] ?? 0;
  return shareMeasure(clean, clean + (counts['critical'] ?? 0));
};

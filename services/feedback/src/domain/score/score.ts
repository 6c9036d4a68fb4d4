import { Refusal, wilson } from '@throughline/core';
import type { QuestionKind } from '../survey/survey';
import { meanInterval, netAdjustedWald, netScore, sampleSize, toTellApart } from './interval';

/** How often each value was given. */
export type Distribution = Record<string, number>;

export type Method = 'wilson' | 'adjusted_wald' | 'normal_mean';

export interface Score {
  group: string;
  n: number;
  value?: number | undefined;
  low?: number | undefined;
  high?: number | undefined;
  method: Method;
  unit: 'percent' | 'points' | 'mean';
  distribution: Distribution;
  sampleTooSmall: boolean;
  neededN: number;
  rank: number;
  /** Variance of one answer, in the unit of the value. */
  variance: number;
}

/** Fewer answers than this are shown with a warning and never ranked. */
export const SMALLEST = 30;
const WANTED_ERROR = 0.05;

const count = (distribution: Distribution, wanted: (value: number) => boolean): number =>
  Object.entries(distribution).reduce((sum, [value, n]) => sum + (wanted(Number(value)) ? n : 0), 0);

interface Measured {
  value: number;
  low: number;
  high: number;
  variance: number;
}

const share = (positive: number, n: number): Measured => {
  const { low, high } = wilson(positive, n);
  const p = positive / n;
  return { value: p * 100, low: low * 100, high: high * 100, variance: p * (1 - p) * 10_000 };
};

const net = (distribution: Distribution, n: number): Measured => {
  const promoters = count(distribution, (value) => value >= 9);
  const detractors = count(distribution, (value) => value <= 6);
  const { low, high } = netAdjustedWald(promoters, detractors, n);
  const { score, variance } = netScore(promoters, detractors, n);
  return { value: score * 100, low: low * 100, high: high * 100, variance: variance * 10_000 };
};

const mean = (distribution: Distribution, n: number): Measured => {
  let sum = 0;
  let squares = 0;
  for (const [value, times] of Object.entries(distribution)) {
    sum += Number(value) * times;
    squares += Number(value) ** 2 * times;
  }
  const average = sum / n;
  const variance = n > 1 ? Math.max(0, (squares - n * average * average) / (n - 1)) : 0;
  return { value: average, ...meanInterval(average, variance, n), variance };
};

interface Way {
  method: Method;
  unit: Score['unit'];
  /** Less is better. */
  lowIsGood: boolean;
  words: string;
  measure(distribution: Distribution, n: number): Measured;
}

const ways: Partial<Record<QuestionKind, Way>> = {
  csat: {
    method: 'wilson',
    unit: 'percent',
    lowIsGood: false,
    words: 'CSAT: answers of 4 and 5 in percent of all answers, Wilson interval',
    measure: (distribution, n) =>
      share(
        count(distribution, (value) => value >= 4),
        n,
      ),
  },
  nps: {
    method: 'adjusted_wald',
    unit: 'points',
    lowIsGood: false,
    words:
      'NPS: percent of 9 and 10 less percent of 0 to 6, adjusted Wald interval; a measure of the relation, not of one contact',
    measure: net,
  },
  ces: {
    method: 'wilson',
    unit: 'percent',
    lowIsGood: false,
    words: 'CES: answers of 5 to 7 in percent of all answers, Wilson interval',
    measure: (distribution, n) =>
      share(
        count(distribution, (value) => value >= 5),
        n,
      ),
  },
  effort: {
    method: 'normal_mean',
    unit: 'mean',
    lowIsGood: true,
    words: 'Effort (first version of CES): mean of 1 to 5, low is good, normal interval',
    measure: mean,
  },
  rating: {
    method: 'normal_mean',
    unit: 'mean',
    lowIsGood: false,
    words: 'Rating: mean of the values, normal interval',
    measure: mean,
  },
  yes_no: {
    method: 'wilson',
    unit: 'percent',
    lowIsGood: false,
    words: 'Yes in percent of all answers, Wilson interval',
    measure: (distribution, n) =>
      share(
        count(distribution, (value) => value === 1),
        n,
      ),
  },
};

/** Kinds of questions that give a score. */
export const isScored = (kind: QuestionKind): boolean => kind in ways;

const wayOf = (kind: QuestionKind): Way => {
  const way = ways[kind];
  if (!way) throw new Refusal('invalid', 'KIND_NOT_SCORED', `kind: ${kind} gives no score`);
  return way;
};

/** In words: what was measured and how. */
export const methodWords = (kind: QuestionKind): string =>
  `${wayOf(kind).words}. Intervals hold the truth 95 times of 100; below ${SMALLEST} answers a score is not to be relied on. Unhappy and delighted customers answer more often than others: look at the response rate.`;

/** A score of answers of one kind; `population` is how many could have answered, when that is known. */
export const scoreOf = (kind: QuestionKind, group: string, distribution: Distribution, population?: number): Score => {
  const { method, unit, measure } = wayOf(kind);
  const n = count(distribution, () => true);
  const base = { group, n, method, unit, distribution, rank: 0, sampleTooSmall: n < SMALLEST };
  const wanted = sampleSize(WANTED_ERROR, population && population > n ? population : undefined);
  const neededN = n < SMALLEST ? SMALLEST : wanted;
  return n === 0 ? { ...base, neededN, variance: 0 } : { ...base, neededN, ...measure(distribution, n) };
};

const tooSmall = (message: string, metadata: Record<string, string>): Refusal =>
  new Refusal('precondition', 'SAMPLE_TOO_SMALL', message, { metadata });

/** The groups with their ranks, the best first. Refuses an order that the answers do not carry, and says what it needs. */
export const ranked = (kind: QuestionKind, scores: Score[]): Score[] => {
  const small = scores.filter(({ sampleTooSmall }) => sampleTooSmall);
  if (small.length > 0) {
    throw tooSmall(`too few answers to rank: ${small.map(({ group, n }) => `${group} has ${n}`).join(', ')}`, {
      groups: small.map(({ group }) => group).join(','),
      needed_n: String(SMALLEST),
    });
  }
  const sign = wayOf(kind).lowIsGood ? 1 : -1;
  const order = [...scores].sort((a, b) => sign * ((a.value ?? 0) - (b.value ?? 0)));
  for (let i = 1; i < order.length; i++) {
    const [a, b] = [order[i - 1]!, order[i]!];
    if (Math.max(a.low!, b.low!) > Math.min(a.high!, b.high!)) continue;
    const needed = toTellApart({ value: a.value!, variance: a.variance }, { value: b.value!, variance: b.variance });
    throw tooSmall(`the intervals of ${a.group} and ${b.group} overlap: nobody knows which is better`, {
      groups: `${a.group},${b.group}`,
      needed_n: Number.isFinite(needed) ? String(needed) : 'no number would do: they are equal',
    });
  }
  return order.map((score, i) => ({ ...score, rank: i + 1 }));
};

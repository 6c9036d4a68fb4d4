import { Refusal, wilson } from '@throughline/core';
import type { Band, QuestionKind } from '../survey/survey';
import { bandOf } from '../survey/survey';
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
  /** How many answers say what; none for kinds that say none of it. */
  bands?: Record<Band, number> | undefined;
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

const bandsOf = (kind: QuestionKind, distribution: Distribution): Record<Band, number> | undefined => {
  if (bandOf(kind, 1) === undefined) return undefined;
  const within = (band: Band): number => count(distribution, (value) => bandOf(kind, value) === band);
  return { positive: within('positive'), neutral: within('neutral'), negative: within('negative') };
};

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
  const { positive: promoters, negative: detractors } = bandsOf('nps', distribution)!;
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
  kind: QuestionKind;
  method: Method;
  unit: Score['unit'];
  /** Less is better. */
  lowIsGood: boolean;
  words: string;
  measure(distribution: Distribution, n: number): Measured;
}

/** What is measured of answers: by their kind, or in the other way that goes by the same name. */
export type Measure = QuestionKind | 'csat_not_unhappy' | 'csat_10_not_unhappy' | 'ces_mean';

/** The share of good answers, or of all but bad ones. */
const shareOf = (kind: QuestionKind, words: string, notBad = false): Way => ({
  kind,
  method: 'wilson',
  unit: 'percent',
  lowIsGood: false,
  words: `${words} in percent of all answers, Wilson interval`,
  measure: (distribution, n) => {
    const { positive, negative } = bandsOf(kind, distribution)!;
    return share(notBad ? n - negative : positive, n);
  },
});

const meanOf = (kind: QuestionKind, words: string, lowIsGood = false): Way => ({
  kind,
  method: 'normal_mean',
  unit: 'mean',
  lowIsGood,
  words: `${words}, normal interval`,
  measure: mean,
});

const ways: Partial<Record<Measure, Way>> = {
  csat: shareOf('csat', 'CSAT: answers of 4 and 5'),
  csat_not_unhappy: shareOf('csat', 'CSAT by 100 less unhappy: answers but 1 and 2', true),
  csat_10: shareOf('csat_10', 'CSAT of 1 to 10: answers of 8 to 10'),
  csat_10_not_unhappy: shareOf('csat_10', 'CSAT of 1 to 10 by 100 less unhappy: answers but 1 to 4', true),
  nps: {
    kind: 'nps',
    method: 'adjusted_wald',
    unit: 'points',
    lowIsGood: false,
    words:
      'NPS: percent of 9 and 10 less percent of 0 to 6, adjusted Wald interval; a measure of the relation, not of one contact',
    measure: net,
  },
  ces: shareOf('ces', 'CES: answers of 5 to 7'),
  ces_mean: meanOf('ces', 'CES: mean of 1 to 7'),
  effort: meanOf('effort', 'Effort (first version of CES): mean of 1 to 5, low is good', true),
  rating: meanOf('rating', 'Rating: mean of the values'),
  yes_no: {
    kind: 'yes_no',
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

const wayOf = (kind: Measure): Way => {
  const way = ways[kind];
  if (!way) throw new Refusal('invalid', 'KIND_NOT_SCORED', `kind: ${kind} gives no score`);
  return way;
};

/** In words: what was measured and how. */
export const methodWords = (kind: Measure): string =>
  `${wayOf(kind).words}. Intervals hold the truth 95 times of 100; below ${SMALLEST} answers a score is not to be relied on. Unhappy and delighted customers answer more often than others: look at the response rate.`;

/** A score of answers of one kind; `population` is how many could have answered, when that is known. */
export const scoreOf = (kind: Measure, group: string, distribution: Distribution, population?: number): Score => {
  const { kind: asked, method, unit, measure } = wayOf(kind);
  const n = count(distribution, () => true);
  const bands = bandsOf(asked, distribution);
  const base = { group, n, method, unit, distribution, bands, rank: 0, sampleTooSmall: n < SMALLEST };
  const wanted = sampleSize(WANTED_ERROR, population && population > n ? population : undefined);
  const neededN = n < SMALLEST ? SMALLEST : wanted;
  return n === 0 ? { ...base, neededN, variance: 0 } : { ...base, neededN, ...measure(distribution, n) };
};

const tooSmall = (message: string, metadata: Record<string, string>): Refusal =>
  new Refusal('precondition', 'SAMPLE_TOO_SMALL', message, { metadata });

/** The groups with their ranks, the best first. Refuses an order that the answers do not carry, and says what it needs. */
export const ranked = (kind: Measure, scores: Score[]): Score[] => {
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

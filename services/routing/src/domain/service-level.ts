/** What became of one contact in a queue: the raw fact that every variant of the service level is computed from. */
export interface Outcome {
  result: 'answered' | 'abandoned' | 'flow_out';
  /** Seconds in the queue. */
  waited: number;
}

/** Counts of one queue and interval. */
export interface Counts {
  offered: number;
  answered: number;
  answeredInTime: number;
  abandoned: number;
  abandonedInTime: number;
  abandonedShort: number;
  flowOut: number;
}

/** The named variants; the name always stands beside the number. */
export type Variant = 'SL-1' | 'SL-2' | 'SL-3' | 'SL-4' | 'SL-5' | 'SL-6';

export const variantNames: Record<Variant, string> = {
  'SL-1': 'abandons within the threshold count as met',
  'SL-2': 'answered contacts only; hides abandons',
  'SL-3': 'abandons count as missed',
  'SL-4': 'abandons within the threshold are left out',
  'SL-5': 'short abandons count as met',
  'SL-6': 'short abandons are left out',
};

/** Counts raw outcomes against a threshold and the limit of a short abandon, both in seconds. */
export const countOutcomes = (outcomes: Iterable<Outcome>, threshold: number, short: number): Counts => {
  const counts: Counts = {
    offered: 0,
    answered: 0,
    answeredInTime: 0,
    abandoned: 0,
    abandonedInTime: 0,
    abandonedShort: 0,
    flowOut: 0,
  };
  for (const { result, waited } of outcomes) {
    counts.offered++;
    if (result === 'flow_out') counts.flowOut++;
    else if (result === 'answered') {
      counts.answered++;
      if (waited <= threshold) counts.answeredInTime++;
    } else {
      counts.abandoned++;
      if (waited <= threshold) counts.abandonedInTime++;
      if (waited <= short) counts.abandonedShort++;
    }
  }
  return counts;
};

// A share of nothing is no number: it is left out, not shown as 0 or 100 %.
const share = (part: number, whole: number): number | undefined => (whole > 0 ? part / whole : undefined);

/**
 * Every variant from the same counts; undefined where nothing was measured. `overdue` contacts still wait past the
 * threshold: they count as missed, except in SL-2, which knows answered contacts only.
 */
export const serviceLevels = (counts: Counts, overdue = 0): Record<Variant, number | undefined> => {
  const { answered, answeredInTime, abandoned, abandonedInTime, abandonedShort } = counts;
  const all = answered + abandoned + overdue;
  return {
    'SL-1': share(answeredInTime + abandonedInTime, all),
    'SL-2': share(answeredInTime, answered),
    'SL-3': share(answeredInTime, all),
    'SL-4': share(answeredInTime, all - abandonedInTime),
    'SL-5': share(answeredInTime + abandonedShort, all),
    'SL-6': share(answeredInTime, all - abandonedShort),
  };
};

import { wilson } from '@throughline/core';
import type { DayCounts } from './attended';
import { noCounts } from './attended';

/** Sums of days of one agent. */
export type Sums = Omit<DayCounts, 'day' | 'at'>;

export interface Pattern {
  name: string;
  /** What is counted, and of what. */
  meaning: string;
  count: (sums: Sums) => number;
  among: (sums: Sums) => number;
}

/** Patterns that may be work avoidance and may be a fault of the system; what to look at is the supervisor's. */
export const patterns: Pattern[] = [
  {
    name: 'no_answer',
    meaning: 'offers that ran out without an answer, of all offers',
    count: ({ unanswered }) => unanswered,
    among: ({ offers }) => offers,
  },
  {
    name: 'declined',
    meaning: 'offers that were declined, of all offers',
    count: ({ declined }) => declined,
    among: ({ offers }) => offers,
  },
  {
    name: 'left_while_offered',
    meaning: 'offers given back by going offline, of all offers',
    count: ({ left }) => left,
    among: ({ offers }) => offers,
  },
  {
    name: 'short_contact',
    meaning: 'contacts that were over within the limit for short ones, of all that were over',
    count: ({ short }) => short,
    among: ({ ended }) => ended,
  },
  {
    name: 'short_contact_ended_by_agent',
    meaning: 'contacts that the agent ended within the limit for short ones, of all that were over',
    count: ({ shortByAgent }) => shortByAgent,
    among: ({ ended }) => ended,
  },
  {
    name: 'quick_transfer',
    meaning: 'contacts passed on within 30 s, of all that were answered',
    count: ({ quickTransfers }) => quickTransfers,
    among: ({ answered }) => answered,
  },
  {
    name: 'short_break',
    meaning: 'breaks shorter than the limit for short ones, of all breaks',
    count: ({ shortBreaks }) => shortBreaks,
    among: ({ breaks }) => breaks,
  },
];

/** Under so many on either side nothing is said. */
export const LEAST_N = 200;
/** Standard errors above the others from which it is worth a look. */
export const NOTABLE_Z = 3;

export type Finding = 'TOO_FEW' | 'USUAL' | 'NOTABLE';

export interface Indication {
  pattern: string;
  meaning: string;
  finding: Finding;
  count: number;
  n: number;
  share?: number | undefined;
  /** Wilson's interval of the share, 95 %. */
  low?: number | undefined;
  high?: number | undefined;
  peerN: number;
  /** The same share of all the others together. */
  baseRate?: number | undefined;
  /** Standard errors by which the share lies above the base rate. */
  z?: number | undefined;
}

/** How far one share lies above another: the two-sample test of proportions with a pooled variance. */
export const zOfShares = (count: number, n: number, otherCount: number, otherN: number): number | undefined => {
  if (n === 0 || otherN === 0) return undefined;
  const pooled = (count + otherCount) / (n + otherN);
  const variance = pooled * (1 - pooled) * (1 / n + 1 / otherN);
  return variance > 0 ? (count / n - otherCount / otherN) / Math.sqrt(variance) : 0;
};

/** How far fewer or more happened per hour than before, given both hours: the conditional test of two Poisson rates. */
export const zOfRates = (count: number, hours: number, before: number, hoursBefore: number): number | undefined => {
  const all = count + before;
  const part = hours / (hours + hoursBefore);
  const variance = all * part * (1 - part);
  return variance > 0 ? (count - all * part) / Math.sqrt(variance) : undefined;
};

const judged = (pattern: Pattern, own: Sums, others: Sums): Indication => {
  const count = pattern.count(own);
  const n = pattern.among(own);
  const peerCount = pattern.count(others);
  const peerN = pattern.among(others);
  const z = zOfShares(count, n, peerCount, peerN);
  const enough = n >= LEAST_N && peerN >= LEAST_N;
  return {
    pattern: pattern.name,
    meaning: pattern.meaning,
    finding: !enough ? 'TOO_FEW' : z! > NOTABLE_Z ? 'NOTABLE' : 'USUAL',
    count,
    n,
    ...(n > 0 ? { share: count / n, ...wilson(count, n) } : {}),
    peerN,
    ...(peerN > 0 ? { baseRate: peerCount / peerN } : {}),
    z,
  };
};

/** An agent's patterns beside those of the others who serve the same queues. Says what is unusual, never why. */
export const indicationsOf = (own: Sums, others: Sums): Indication[] =>
  patterns.map((pattern) => judged(pattern, own, others));

/** Whether the contacts of the last days fell against the days before. */
export interface Strain {
  finding: Finding;
  /** Contacts taken and hours attended, lately and before. */
  contacts: number;
  hours: number;
  contactsBefore: number;
  hoursBefore: number;
  z?: number | undefined;
}

const HOUR = 3_600_000;

/** A falling volume per hour attended. It is a sign of strain, not of slacking: the conscientious show it first. */
export const strainOf = (lately: Sums, before: Sums): Strain => {
  const hours = lately.attendedMs / HOUR;
  const hoursBefore = before.attendedMs / HOUR;
  const z = hours > 0 && hoursBefore > 0 ? zOfRates(lately.answered, hours, before.answered, hoursBefore) : undefined;
  const enough = z !== undefined && before.answered >= LEAST_N;
  return {
    finding: !enough ? 'TOO_FEW' : z < -NOTABLE_Z ? 'NOTABLE' : 'USUAL',
    contacts: lately.answered,
    hours,
    contactsBefore: before.answered,
    hoursBefore,
    z,
  };
};

export const sumNames = Object.keys(noCounts) as (keyof Sums)[];

export const sumUp = (all: Iterable<Sums>): Sums => {
  const sum = { ...noCounts };
  for (const one of all) for (const name of sumNames) sum[name] += one[name] ?? 0;
  return sum;
};

/** Agents of so many who are notable by chance alone, for one pattern: what a supervisor should expect of a list. */
export const expectedByChance = (agents: number): number => agents * 0.00135;

import type { Ledger } from './occupancy';

/** What one agent did on one day, UTC, in counts: the raw facts of indications and of occupancy. */
export interface DayCounts {
  /** Days since the epoch. */
  day: number;
  /** Time is counted up to here. */
  at: number;
  offers: number;
  answered: number;
  declined: number;
  unanswered: number;
  /** Offers given back by going offline. */
  left: number;
  /** Contacts that were over, and those among them that were shorter than the limit; ended by the agent. */
  ended: number;
  short: number;
  shortByAgent: number;
  quickTransfers: number;
  /** Breaks that ended, and the short ones among them. */
  breaks: number;
  shortBreaks: number;
  hard: number;
  /** Available or with something in hand, and with something in hand. */
  attendedMs: number;
  workedMs: number;
}

/** Counts of nothing. */
export const noCounts: Omit<DayCounts, 'day' | 'at'> = {
  offers: 0,
  answered: 0,
  declined: 0,
  unanswered: 0,
  left: 0,
  ended: 0,
  short: 0,
  shortByAgent: 0,
  quickTransfers: 0,
  breaks: 0,
  shortBreaks: 0,
  hard: 0,
  attendedMs: 0,
  workedMs: 0,
};

/** What is kept of how an agent fares, beside presence and hands. */
export interface Attended {
  /** When hard contacts ended, oldest first. */
  hard?: number[] | undefined;
  /** Contacts of which it was said only after they were over. */
  hardNoted?: string[] | undefined;
  /** Hard contacts since the last other one. */
  hardInRow?: number | undefined;
  /** Nothing is offered before. */
  restUntil?: number | undefined;
  restWhy?: string | undefined;
  ledger?: Ledger | undefined;
  /** What happened today. */
  day?: DayCounts | undefined;
}

import { Refusal, wilson } from '@throughline/core';

/** A place where things go wrong again and again. */
export interface FailurePoint {
  id: string;
  name: string;
  step: string;
  causeId: string;
  createdAt: number;
}

/** A measure that prevents a failure. */
export interface Improvement {
  id: string;
  failurePointId: string;
  youSaid: string;
  weDid: string;
  cost: number;
  createdAt: number;
  doneAt?: number | undefined;
}

export type ImprovementEvent =
  | { type: 'planned'; at: number; terms: Omit<Improvement, 'doneAt'> }
  | { type: 'completed'; at: number };

export const evolveImprovement = (state: Improvement | undefined, event: ImprovementEvent): Improvement =>
  event.type === 'planned' ? event.terms : { ...state!, doneAt: event.at };

/** It is in force; once. */
export const decideCompleted = (state: Improvement | undefined, at: number): ImprovementEvent[] => {
  if (!state) throw new Refusal('not_found', 'IMPROVEMENT_NOT_FOUND', 'there is no such improvement');
  return state.doneAt === undefined ? [{ type: 'completed', at }] : [];
};

export interface Rate {
  cases: number;
  journeys: number;
  rate?: number | undefined;
  low?: number | undefined;
  high?: number | undefined;
  days: number;
}

/** Cases of journeys. A case may be of a journey that ended on another day, so never more than all of them. */
export const rateOf = (cases: number, journeys: number, days: number): Rate => {
  if (journeys === 0) return { cases, journeys, days };
  const counted = Math.min(cases, journeys);
  return { cases, journeys, days, rate: counted / journeys, ...wilson(counted, journeys) };
};

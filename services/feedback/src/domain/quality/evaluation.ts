import { Refusal } from '@throughline/core';
import type { CountEntry } from '../score/entry';
import { dayOf } from '../score/entry';
import type { Criticality, Item, Mark } from './scorecard';
import { checkMarks, judge } from './scorecard';

export interface Evaluation {
  id: string;
  scorecardId: string;
  scorecardRevision: number;
  conversationId: string;
  agentId: string;
  evaluatorId: string;
  calibrationId: string;
  items: Item[];
  marks: Mark[];
  score?: number | undefined;
  criticalErrors: Exclude<Criticality, ''>[];
  note: string;
  createdAt: number;
  counts: CountEntry[];
}

export interface Calibration {
  id: string;
  scorecardId: string;
  scorecardRevision: number;
  items: Item[];
  conversationId: string;
  agentId: string;
  evaluatorIds: string[];
  /** Evaluators who gave theirs, and its id. */
  given: { evaluatorId: string; evaluationId: string }[];
  createdAt: number;
}

export type NewEvaluation = Omit<Evaluation, 'score' | 'criticalErrors' | 'counts'>;

/** Whole points are counted, so that means and intervals come from the same cells as other scores. */
const countOf = (one: NewEvaluation, score: number | undefined, errors: string[]): CountEntry[] => {
  // Calibrating is practice for evaluators: it is no second judgement of the agent.
  if (one.calibrationId !== '' || one.agentId === '') return [];
  const add: Record<string, number> = { [errors.length > 0 ? 'critical' : 'clean']: 1 };
  if (score !== undefined) add[`score:${Math.round(score)}`] = 1;
  const scopes = [`quality/${one.agentId}`, 'quality'];
  return [{ id: `evaluation/${one.id}`, scopes, day: dayOf(one.createdAt), dims: {}, add }];
};

/** A contact as it was judged. */
export const evaluated = (one: NewEvaluation): Evaluation => {
  checkMarks(one.items, one.marks);
  const { score, criticalErrors } = judge(one.items, one.marks);
  return { ...one, score, criticalErrors, counts: countOf(one, score, criticalErrors) };
};

export const isComplete = ({ evaluatorIds, given }: Calibration): boolean => given.length >= evaluatorIds.length;

/** The calibration with one more who gave theirs; refuses who was not asked or comes twice. */
export const withGiven = (calibration: Calibration, evaluatorId: string, evaluationId: string): Calibration => {
  if (!calibration.evaluatorIds.includes(evaluatorId)) {
    throw new Refusal('denied', 'NOT_AN_EVALUATOR', `${evaluatorId} was not asked in this calibration`);
  }
  const before = calibration.given.find((one) => one.evaluatorId === evaluatorId);
  if (before?.evaluationId === evaluationId) return calibration;
  if (before) throw new Refusal('precondition', 'ALREADY_EVALUATED', `${evaluatorId} gave theirs already`);
  return { ...calibration, given: [...calibration.given, { evaluatorId, evaluationId }] };
};

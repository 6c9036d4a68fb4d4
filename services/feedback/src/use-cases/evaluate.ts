import { Refusal } from '@throughline/core';
import type { Marks } from '../domain/quality/agreement';
import { agreement, cohenKappa, countsOf, fleissKappa, TOLERANCE } from '../domain/quality/agreement';
import type { Calibration, Evaluation, NewEvaluation } from '../domain/quality/evaluation';
import { evaluated, isComplete, withGiven } from '../domain/quality/evaluation';
import type { MarkResult } from '../domain/quality/scorecard';
import { itemsOf } from '../domain/quality/scorecard';
import type { Asked } from './ports';
import type { Calibrations, Evaluations, Scorecards } from './quality-ports';

export interface EvaluateDeps {
  scorecards: Scorecards;
  evaluations: Evaluations;
  calibrations: Calibrations;
  now(): number;
}

const notFound = (what: string, id: string): Refusal =>
  new Refusal('not_found', `${what}_NOT_FOUND`, `there is no ${what.toLowerCase()} ${id}`);

const keep = async (deps: EvaluateDeps, tenantId: string, one: NewEvaluation, asked?: Asked): Promise<Evaluation> => {
  const at = one.createdAt;
  const made = evaluated(one);
  const put = (current: Evaluation | undefined) => (current ? [] : [{ type: 'replaced' as const, at, state: made }]);
  return (await deps.evaluations.change(tenantId, one.id, put, at, asked))!;
};

export type Given = Pick<
  NewEvaluation,
  'id' | 'conversationId' | 'agentId' | 'evaluatorId' | 'calibrationId' | 'marks' | 'note'
> & {
  scorecardId: string;
};

/** Records a judgement; one of a calibration takes what is judged, and by what, from there. */
export const evaluate = async (
  deps: EvaluateDeps,
  tenantId: string,
  given: Given,
  asked?: Asked,
): Promise<Evaluation> => {
  const at = deps.now();
  if (given.calibrationId === '') {
    const card = await deps.scorecards.load(tenantId, given.scorecardId);
    if (!card) throw notFound('SCORECARD', given.scorecardId);
    return keep(
      deps,
      tenantId,
      { ...given, scorecardRevision: card.revision, items: itemsOf(card), createdAt: at },
      asked,
    );
  }
  const calibration = await deps.calibrations.load(tenantId, given.calibrationId);
  if (!calibration) throw notFound('CALIBRATION', given.calibrationId);
  const { scorecardId, scorecardRevision, items, conversationId, agentId } = calibration;
  const one = { ...given, scorecardId, scorecardRevision, items, conversationId, agentId, createdAt: at };
  withGiven(calibration, given.evaluatorId, given.id);
  // The judgement is there before the calibration says so: whoever sees it complete finds all of them.
  const made = await keep(deps, tenantId, one, asked);
  await deps.calibrations.change(
    tenantId,
    calibration.id,
    (current) => {
      const after = withGiven(current!, given.evaluatorId, given.id);
      return after === current ? [] : [{ type: 'replaced', at, state: after }];
    },
    at,
  );
  return made;
};

/** True while others must still give theirs. */
export const isHidden = async (
  deps: EvaluateDeps,
  tenantId: string,
  { calibrationId }: Evaluation,
): Promise<boolean> => {
  if (calibrationId === '') return false;
  const calibration = await deps.calibrations.load(tenantId, calibrationId);
  return calibration !== undefined && !isComplete(calibration);
};

export interface Comparison {
  evaluations: Evaluation[];
  items: number;
  agreement: number;
  cohen: number | undefined;
  fleiss: number | undefined;
  spread: number;
  withinTolerance: boolean;
  differences: { itemId: string; results: Record<string, MarkResult> }[];
}

const differencesOf = (items: string[], evaluations: Evaluation[], marks: Marks[]): Comparison['differences'] =>
  items
    .filter((item) => new Set(marks.map((one) => one.get(item))).size > 1)
    .map((itemId) => ({
      itemId,
      results: Object.fromEntries(evaluations.map(({ evaluatorId }, i) => [evaluatorId, marks[i]!.get(itemId)!])),
    }));

/** How far the evaluators of a calibration agree, once all of them gave theirs. */
export const compare = async (deps: EvaluateDeps, tenantId: string, calibrationId: string): Promise<Comparison> => {
  const calibration: Calibration | undefined = await deps.calibrations.load(tenantId, calibrationId);
  if (!calibration) throw notFound('CALIBRATION', calibrationId);
  if (!isComplete(calibration)) {
    const given = calibration.given.map(({ evaluatorId }) => evaluatorId);
    const missing = calibration.evaluatorIds.filter((id) => !given.includes(id));
    throw new Refusal('precondition', 'CALIBRATION_INCOMPLETE', 'nobody sees the others before all have given theirs', {
      metadata: { missing: missing.join(',') },
    });
  }
  const ids = calibration.given.map(({ evaluationId }) => evaluationId);
  const found = await deps.evaluations.loadMany(tenantId, ids);
  const evaluations = found.sort((a, b) => (a.evaluatorId < b.evaluatorId ? -1 : 1));
  const items = calibration.items.map(({ id }) => id);
  const marks = evaluations.map((one): Marks => new Map(one.marks.map(({ itemId, result }) => [itemId, result])));
  const scores = evaluations.flatMap(({ score }) => score ?? []);
  const spread = scores.length > 1 ? Math.max(...scores) - Math.min(...scores) : 0;
  return {
    evaluations,
    items: items.length,
    agreement: agreement(marks, items) * 100,
    cohen: marks.length === 2 ? cohenKappa(marks[0]!, marks[1]!, items) : undefined,
    fleiss: fleissKappa(countsOf(marks, items)),
    spread,
    withinTolerance: spread <= TOLERANCE,
    differences: differencesOf(items, evaluations, marks),
  };
};

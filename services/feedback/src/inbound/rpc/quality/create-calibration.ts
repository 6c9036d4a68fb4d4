import { invalidField, Refusal } from '@throughline/core';
import { itemsOf } from '../../../domain/quality/scorecard';
import { wireCalibration } from '../../../wire/quality';
import { askedOf, idOf, notFound } from '../deps';
import type { QualityRpc } from './deps';

/** Asks several evaluators to judge the same contact. */
export const createCalibration: QualityRpc<'createCalibration'> = (deps) => async (request, call) => {
  const { tenantId } = call.caller;
  const { scorecardId, conversationId, agentId, evaluatorIds } = request;
  if (new Set(evaluatorIds).size < evaluatorIds.length) {
    throw invalidField('evaluator_ids', 'unique', 'nobody is asked twice');
  }
  const card = await deps.scorecards.load(tenantId, scorecardId);
  if (!card) throw notFound('SCORECARD', scorecardId);
  const asked = askedOf('CreateCalibration', request, call);
  const id = idOf(deps, request.calibrationId, asked);
  const at = deps.now();
  const base = { id, scorecardId, scorecardRevision: card.revision, items: itemsOf(card) };
  const state = { ...base, conversationId, agentId, evaluatorIds, given: [], createdAt: at };
  const create = (current: unknown) => {
    if (current) throw new Refusal('already_exists', 'CALIBRATION_EXISTS', `there is a calibration ${id} already`);
    return [{ type: 'replaced' as const, at, state }];
  };
  return { calibration: wireCalibration((await deps.calibrations.change(tenantId, id, create, at, asked))!) };
};

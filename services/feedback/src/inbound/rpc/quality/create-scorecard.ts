import { Refusal } from '@throughline/core';
import { checkScorecard } from '../../../domain/quality/scorecard';
import { readSections, wireScorecard } from '../../../wire/quality';
import { askedOf, idOf } from '../deps';
import type { QualityRpc } from './deps';

/** Keeps a new scorecard. */
export const createScorecard: QualityRpc<'createScorecard'> = (deps) => async (request, call) => {
  const asked = askedOf('CreateScorecard', request, call);
  const id = idOf(deps, request.scorecardId, asked);
  const at = deps.now();
  const sections = readSections(request.sections);
  checkScorecard({ sections });
  const state = { id, revision: 1, name: request.name, sections, createdAt: at, updatedAt: at };
  const create = (current: unknown) => {
    if (current) throw new Refusal('already_exists', 'SCORECARD_EXISTS', `there is a scorecard ${id} already`);
    return [{ type: 'replaced' as const, at, state }];
  };
  return { scorecard: wireScorecard((await deps.scorecards.change(call.caller.tenantId, id, create, at, asked))!) };
};

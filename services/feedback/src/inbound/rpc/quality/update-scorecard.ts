import type { Scorecard } from '../../../domain/quality/scorecard';
import { checkScorecard } from '../../../domain/quality/scorecard';
import { readSections, wireScorecard } from '../../../wire/quality';
import { askedOf, notFound } from '../deps';
import type { QualityRpc } from './deps';

/** Replaces it by a new revision. */
export const updateScorecard: QualityRpc<'updateScorecard'> = (deps) => async (request, call) => {
  const asked = askedOf('UpdateScorecard', request, call);
  const at = deps.now();
  const { scorecardId: id, name } = request;
  const sections = readSections(request.sections);
  checkScorecard({ sections });
  const replace = (current: Scorecard | undefined) => {
    if (!current) throw notFound('SCORECARD', id);
    const state = { ...current, name, sections, revision: current.revision + 1, updatedAt: at };
    return [{ type: 'replaced' as const, at, state }];
  };
  return { scorecard: wireScorecard((await deps.scorecards.change(call.caller.tenantId, id, replace, at, asked))!) };
};

import { wireScorecard } from '../../../wire/quality';
import { notFound } from '../deps';
import type { QualityRpc } from './deps';

/** One scorecard. */
export const getScorecard: QualityRpc<'getScorecard'> =
  ({ scorecards }) =>
  async ({ scorecardId }, call) => {
    const found = await scorecards.load(call.caller.tenantId, scorecardId);
    if (!found) throw notFound('SCORECARD', scorecardId);
    return { scorecard: wireScorecard(found) };
  };

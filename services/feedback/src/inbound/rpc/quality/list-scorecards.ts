import { wireScorecard } from '../../../wire/quality';
import { listed } from '../deps';
import type { QualityRpc } from './deps';

/** Scorecards, the newest first. */
export const listScorecards: QualityRpc<'listScorecards'> = (deps) => async (request, call) => {
  const { tenantId } = call.caller;
  const { items, nextPageToken } = await listed(deps.scorecards, tenantId, {}, request, (one) => one.createdAt);
  return { scorecards: items.map(wireScorecard), nextPageToken };
};

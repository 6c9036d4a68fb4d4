import { isHidden } from '../../../use-cases/evaluate';
import { wireEvaluation } from '../../../wire/quality';
import { listed } from '../deps';
import type { QualityRpc } from './deps';

/** Evaluations, the newest first. */
export const listEvaluations: QualityRpc<'listEvaluations'> = (deps) => async (request, call) => {
  const { tenantId } = call.caller;
  const { agentId, conversationId, calibrationId } = request;
  const where = { agentId, conversationId, calibrationId };
  const { items, nextPageToken } = await listed(deps.evaluations, tenantId, where, request, (one) => one.createdAt);
  const hidden = await Promise.all(items.map((one) => isHidden(deps, tenantId, one)));
  return { evaluations: items.map((one, i) => wireEvaluation(one, hidden[i]!)), nextPageToken };
};

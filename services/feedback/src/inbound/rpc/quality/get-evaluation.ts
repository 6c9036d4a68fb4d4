import { isHidden } from '../../../use-cases/evaluate';
import { wireEvaluation } from '../../../wire/quality';
import { notFound } from '../deps';
import type { QualityRpc } from './deps';

/** One evaluation. */
export const getEvaluation: QualityRpc<'getEvaluation'> = (deps) => async (request, call) => {
  const { tenantId } = call.caller;
  const found = await deps.evaluations.load(tenantId, request.evaluationId);
  if (!found) throw notFound('EVALUATION', request.evaluationId);
  return { evaluation: wireEvaluation(found, await isHidden(deps, tenantId, found)) };
};

import { ratesAround } from '../../../use-cases/cause-report';
import { wireImprovement } from '../../../wire/recovery';
import { notFound } from '../deps';
import type { RecoveryRpc } from './deps';

const USUAL_DAYS = 30;

/** A measure, with what it changed. */
export const getImprovement: RecoveryRpc<'getImprovement'> = (deps) => async (request, call) => {
  const { tenantId } = call.caller;
  const found = await deps.improvements.load(tenantId, request.improvementId);
  if (!found) throw notFound('IMPROVEMENT', request.improvementId);
  const rates = await ratesAround(deps.cells, tenantId, found, request.days || USUAL_DAYS, deps.now());
  return { improvement: wireImprovement(found, rates) };
};

import { Refusal } from '@throughline/core';
import { wireImprovement } from '../../../wire/recovery';
import { askedOf, idOf, notFound } from '../deps';
import type { RecoveryRpc } from './deps';

/** Plans a measure against a failure point. */
export const createImprovement: RecoveryRpc<'createImprovement'> = (deps) => async (request, call) => {
  const { tenantId } = call.caller;
  const { failurePointId, youSaid, weDid } = request;
  const asked = askedOf('CreateImprovement', request, call);
  const id = idOf(deps, request.improvementId, asked);
  if (!(await deps.failurePoints.load(tenantId, failurePointId))) throw notFound('FAILURE_POINT', failurePointId);
  const at = deps.now();
  const terms = { id, failurePointId, youSaid, weDid, cost: Number(request.costMinor), createdAt: at };
  const create = (current: unknown) => {
    if (current) throw new Refusal('already_exists', 'IMPROVEMENT_EXISTS', `there is an improvement ${id} already`);
    return [{ type: 'planned' as const, at, terms }];
  };
  return { improvement: wireImprovement((await deps.improvements.change(tenantId, id, create, at, asked))!) };
};

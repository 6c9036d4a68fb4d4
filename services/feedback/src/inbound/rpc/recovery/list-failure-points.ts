import { failureTotals } from '../../../use-cases/cause-report';
import { wireFailurePoint } from '../../../wire/recovery';
import { listed } from '../deps';
import type { RecoveryRpc } from './deps';

/** Failure points with their cases and costs. */
export const listFailurePoints: RecoveryRpc<'listFailurePoints'> = (deps) => async (request, call) => {
  const { tenantId } = call.caller;
  const { items, nextPageToken } = await listed(deps.failurePoints, tenantId, {}, request, (one) => one.createdAt);
  const totals = await Promise.all(items.map(({ id }) => failureTotals(deps.cells, tenantId, id)));
  return { failurePoints: items.map((point, i) => wireFailurePoint(point, totals[i])), nextPageToken };
};

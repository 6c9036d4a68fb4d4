import { pointText } from '../../wire/points';
import type { Rpc } from './deps';
import { askedOf, notFound } from './deps';

/** Takes an address off the list. */
export const removeSuppression: Rpc<'removeSuppression'> = (deps) => async (request, call) => {
  const { tenantId } = call.caller;
  const point = pointText(request.contactPoint!);
  const customerId = (await deps.points.customersOf(tenantId, [point])).get(point)!;
  const asked = askedOf('RemoveSuppression', request, call);
  const removed = await deps.suppressions.remove(tenantId, { point, customerId, reason: request.reason }, asked);
  if (!removed) throw notFound('SUPPRESSION', 'of this address');
  return {};
};

import { pointText } from '../../wire/points';
import { reasonOf, wireSuppression } from '../../wire/suppressions';
import type { Rpc } from './deps';
import { askedOf } from './deps';

/** Puts an address on the list. */
export const addSuppression: Rpc<'addSuppression'> = (deps) => async (request, call) => {
  const { tenantId, subject } = call.caller;
  const point = pointText(request.contactPoint!);
  const customerId = (await deps.points.customersOf(tenantId, [point])).get(point)!;
  const reason = reasonOf(request.reason)!;
  const what = { point, customerId, reason, note: request.note, source: subject };
  const asked = askedOf('AddSuppression', request, call);
  return { suppression: wireSuppression(await deps.suppressions.add(tenantId, what, asked)) };
};

import { Refusal } from '@throughline/core';
import { replayDeliveries as replay } from '../../../use-cases/webhooks/replay';
import { askedOf } from '../deps';
import type { WebhookRpc } from './deps';
import { findEndpoint } from './deps';

const invalid = (reason: string, field: string, description: string): Refusal =>
  new Refusal('invalid', reason, `${field}: ${description}`, {
    violations: [{ field, rule: reason.toLowerCase(), description }],
  });

/** Sends deliveries again. */
export const replayDeliveries: WebhookRpc<'replayDeliveries'> = (deps) => async (request, call) => {
  const { tenantId } = call.caller;
  const { webhookEndpointId: endpointId, webhookDeliveryIds: ids, from, to, failedOnly } = request;
  await findEndpoint(deps, tenantId, endpointId);
  if (ids.length === 0 && !from)
    throw invalid('REPLAY_EMPTY', 'webhook_delivery_ids', 'name deliveries, or from when on');
  if (ids.length > 0 && (from || to)) throw invalid('RANGE_INVALID', 'from', 'give ids or times, not both');
  if (from && to && from >= to) throw invalid('RANGE_INVALID', 'to', 'must lie after from');
  const which = ids.length > 0 ? { ids } : { from: from!.getTime(), ...(to ? { to: to.getTime() } : {}) };
  const asked = askedOf('ReplayDeliveries', request, call);
  const replayedCount = await replay(deps, { tenantId, endpointId, which, failedOnly, asked });
  deps.heard(`${tenantId}/${endpointId}`);
  return { replayedCount: BigInt(replayedCount) };
};

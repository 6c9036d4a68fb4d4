import { Refusal } from '@throughline/core';
import { wireDelivery } from '../../../wire/webhooks';
import type { WebhookRpc } from './deps';
import { findEndpoint } from './deps';

/** One delivery with its attempts and body. */
export const getWebhookDelivery: WebhookRpc<'getWebhookDelivery'> = (deps) => async (request, call) => {
  const { tenantId } = call.caller;
  const { webhookEndpointId, webhookDeliveryId: id } = request;
  await findEndpoint(deps, tenantId, webhookEndpointId);
  const found = await deps.queue.get(tenantId, webhookEndpointId, id);
  if (!found) throw new Refusal('not_found', 'DELIVERY_NOT_FOUND', `there is no delivery ${id}`);
  return { webhookDelivery: wireDelivery(found) };
};

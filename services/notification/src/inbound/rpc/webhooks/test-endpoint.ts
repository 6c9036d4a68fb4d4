import { hash16 } from '@throughline/core';
import { isDelivered } from '../../../domain/webhooks/schedule';
import { wireAttempt } from '../../../wire/webhooks';
import { askedOf } from '../deps';
import type { WebhookRpc } from './deps';
import { findEndpoint } from './deps';

/** Sends one test event now. A repeated request tells what came of the first. */
export const testEndpoint: WebhookRpc<'testEndpoint'> = (deps) => async (request, call) => {
  const { tenantId } = call.caller;
  const { webhookEndpointId } = request;
  const endpoint = await findEndpoint(deps, tenantId, webhookEndpointId);
  const asked = askedOf('TestEndpoint', request, call);
  const eventId = asked ? hash16(webhookEndpointId, asked.id).toString('hex') : deps.newId();
  const id = `msg_test_${eventId.replace(/-/g, '')}`;
  const earlier = await deps.queue.get(tenantId, webhookEndpointId, id);
  if (earlier) {
    const [attempt] = earlier.attempts;
    return {
      webhookDeliveryId: id,
      delivered: earlier.state === 'delivered',
      attempt: attempt && wireAttempt(attempt),
    };
  }
  const at = deps.now();
  const { eventType, body } = deps.testBody(tenantId, endpoint, at);
  const attempt = await deps.sender.send(endpoint, id, body, at);
  const delivered = isDelivered(attempt);
  const entity = `${tenantId}/${webhookEndpointId}`;
  const place = { lane: 'test', offset: 0, entity };
  await deps.queue.record(
    { id, tenantId, endpointId: webhookEndpointId, ...place, eventId: `${entity}/${eventId}`, eventType, body },
    attempt,
    delivered ? 'delivered' : 'failed',
  );
  return { webhookDeliveryId: id, delivered, attempt: wireAttempt(attempt) };
};

import { stateOf, wireDelivery } from '../../../wire/webhooks';
import type { WebhookRpc } from './deps';
import { findEndpoint, readPlace, writePlace } from './deps';

const DEFAULT_SIZE = 50;

/** Deliveries of an endpoint, newest first. */
export const listWebhookDeliveries: WebhookRpc<'listWebhookDeliveries'> = (deps) => async (request, call) => {
  const { tenantId } = call.caller;
  const { webhookEndpointId: endpointId, states, eventType, recordedFrom, recordedTo } = request;
  await findEndpoint(deps, tenantId, endpointId);
  const size = request.pageSize || DEFAULT_SIZE;
  const range = { from: recordedFrom?.getTime(), to: recordedTo?.getTime() };
  const query = { tenantId, endpointId, states: states.map(stateOf), eventType, ...range };
  const found = await deps.queue.list(query, readPlace(request.pageToken), size + 1);
  const page = found.slice(0, size);
  const last = page.at(-1);
  return {
    webhookDeliveries: page.map(wireDelivery),
    nextPageToken: found.length > size && last ? writePlace(last.recordedAt, last.id) : '',
  };
};

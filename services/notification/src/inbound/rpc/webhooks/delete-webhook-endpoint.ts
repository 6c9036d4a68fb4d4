import { askedOf } from '../deps';
import type { WebhookRpc } from './deps';

/** Deletes an endpoint with its secrets. */
export const deleteWebhookEndpoint: WebhookRpc<'deleteWebhookEndpoint'> = (deps) => async (request, call) => {
  const { tenantId } = call.caller;
  const { webhookEndpointId: id } = request;
  const asked = askedOf('DeleteWebhookEndpoint', request, call);
  await deps.endpoints.change(tenantId, id, { type: 'delete', at: deps.now() }, asked);
  deps.heard(`${tenantId}/${id}`);
  return {};
};

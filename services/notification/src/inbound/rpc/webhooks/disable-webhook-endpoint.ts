import { askedOf } from '../deps';
import type { WebhookRpc } from './deps';
import { shown } from './deps';

/** Stops deliveries. */
export const disableWebhookEndpoint: WebhookRpc<'disableWebhookEndpoint'> = (deps) => async (request, call) => {
  const { tenantId } = call.caller;
  const { webhookEndpointId: id } = request;
  const command = { type: 'disable', at: deps.now(), reason: request.reason || 'by request' } as const;
  const endpoint = await deps.endpoints.change(tenantId, id, command, askedOf('DisableWebhookEndpoint', request, call));
  deps.heard(`${tenantId}/${id}`);
  return shown(deps, endpoint);
};

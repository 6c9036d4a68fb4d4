import { askedOf } from '../deps';
import type { WebhookRpc } from './deps';
import { findEndpoint, mustBeReachable, shown } from './deps';

// Should this process die between its writes, the endpoint is looked at all the same.
const SOON_MS = 10_000;

/** Starts deliveries again. */
export const enableWebhookEndpoint: WebhookRpc<'enableWebhookEndpoint'> = (deps) => async (request, call) => {
  const { tenantId } = call.caller;
  const { webhookEndpointId: id } = request;
  const key = `${tenantId}/${id}`;
  const before = await findEndpoint(deps, tenantId, id);
  await mustBeReachable(deps, before.url);
  const at = deps.now();
  await deps.queue.wake(key, at + SOON_MS);
  // What was kept begins its three days now.
  if (before.state === 'disabled') await deps.queue.renew(key, at);
  const asked = askedOf('EnableWebhookEndpoint', request, call);
  const endpoint = await deps.endpoints.change(tenantId, id, { type: 'enable', at }, asked);
  await deps.queue.wake(key, at);
  deps.heard(key);
  return shown(deps, endpoint);
};

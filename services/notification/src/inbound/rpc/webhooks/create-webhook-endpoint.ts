import { hash16, Refusal } from '@throughline/core';
import { askedOf } from '../deps';
import type { WebhookRpc } from './deps';
import { newestSecret, shown, wishesOf } from './deps';

const MOST = 50;

/** Creates an endpoint and its first secret. */
export const createWebhookEndpoint: WebhookRpc<'createWebhookEndpoint'> = (deps) => async (request, call) => {
  const { tenantId } = call.caller;
  const asked = askedOf('CreateWebhookEndpoint', request, call);
  const wishes = await wishesOf(deps, request);
  const made = asked ? `wh_${hash16(asked.id).toString('hex')}` : `wh_${deps.newId()}`;
  const id = request.webhookEndpointId || made;
  const known = await deps.endpoints.load(tenantId, id);
  if (!known && (await deps.endpoints.count(tenantId)) >= MOST) {
    throw new Refusal('exhausted', 'TOO_MANY_ENDPOINTS', `a tenant has at most ${MOST} webhook endpoints`);
  }
  const at = deps.now();
  const { sealed } = deps.box.create();
  const secret = { id: deps.newId(), sealed, createdAt: at };
  const endpoint = await deps.endpoints.change(tenantId, id, { type: 'create', at, id, wishes, secret }, asked);
  return { ...shown(deps, endpoint), secret: newestSecret(deps, endpoint) };
};

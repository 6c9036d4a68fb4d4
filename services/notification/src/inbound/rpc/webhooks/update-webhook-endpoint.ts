import { askedOf } from '../deps';
import type { WebhookRpc } from './deps';
import { findEndpoint, shown, wishesOf } from './deps';

/** Replaces URL, filter and description. */
export const updateWebhookEndpoint: WebhookRpc<'updateWebhookEndpoint'> = (deps) => async (request, call) => {
  const { tenantId } = call.caller;
  const { webhookEndpointId: id, expectedVersion } = request;
  await findEndpoint(deps, tenantId, id);
  const wishes = await wishesOf(deps, request);
  const expected = expectedVersion === undefined ? undefined : Number(expectedVersion);
  const command = { type: 'replace', at: deps.now(), wishes, expected } as const;
  const endpoint = await deps.endpoints.change(tenantId, id, command, askedOf('UpdateWebhookEndpoint', request, call));
  deps.heard(`${tenantId}/${id}`);
  return shown(deps, endpoint);
};

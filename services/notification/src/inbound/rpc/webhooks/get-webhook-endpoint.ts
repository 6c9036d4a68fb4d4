import type { WebhookRpc } from './deps';
import { findEndpoint, shown } from './deps';

/** One endpoint. */
export const getWebhookEndpoint: WebhookRpc<'getWebhookEndpoint'> = (deps) => async (request, call) =>
  shown(deps, await findEndpoint(deps, call.caller.tenantId, request.webhookEndpointId));

import type { WebhookRpc } from './deps';
import { readPlace, shown, writePlace } from './deps';

const DEFAULT_SIZE = 50;

/** Endpoints in the order of their ids. */
export const listWebhookEndpoints: WebhookRpc<'listWebhookEndpoints'> = (deps) => async (request, call) => {
  const size = request.pageSize || DEFAULT_SIZE;
  const after = readPlace(request.pageToken)?.id ?? '';
  const found = await deps.endpoints.list(call.caller.tenantId, after, size + 1);
  const page = found.slice(0, size);
  return {
    webhookEndpoints: page.map((endpoint) => shown(deps, endpoint).webhookEndpoint),
    nextPageToken: found.length > size ? writePlace(0, page.at(-1)!.id) : '',
  };
};

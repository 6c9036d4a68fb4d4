import { askedOf } from '../deps';
import type { WebhookRpc } from './deps';
import { newestSecret, shown } from './deps';

const DAY_MS = 86_400_000;

/** Makes a new secret beside the one before. */
export const rotateSecret: WebhookRpc<'rotateSecret'> = (deps) => async (request, call) => {
  const { tenantId } = call.caller;
  const { webhookEndpointId: id, overlapSeconds } = request;
  const at = deps.now();
  const secret = { id: deps.newId(), sealed: deps.box.create().sealed, createdAt: at };
  const overlapMs = overlapSeconds === undefined ? DAY_MS : Number(overlapSeconds) * 1_000;
  const command = { type: 'rotate', at, secret, overlapMs } as const;
  const endpoint = await deps.endpoints.change(tenantId, id, command, askedOf('RotateSecret', request, call));
  deps.heard(`${tenantId}/${id}`);
  return { ...shown(deps, endpoint), secret: newestSecret(deps, endpoint) };
};

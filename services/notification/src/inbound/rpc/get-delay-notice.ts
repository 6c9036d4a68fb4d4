import { wireDelivery } from '../../wire/delivery';
import type { Rpc } from './deps';
import { notFound } from './deps';

/** A delay notice and what became of it. */
export const getDelayNotice: Rpc<'getDelayNotice'> = (deps) => async (request, call) => {
  const [delivery] = await deps.deliveries.load(call.caller.tenantId, [request.noticeId]);
  if (delivery?.kind !== 'delay') throw notFound('NOTICE', request.noticeId);
  return { delivery: wireDelivery(delivery) };
};

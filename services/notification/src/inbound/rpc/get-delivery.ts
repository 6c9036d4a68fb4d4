import { wireDelivery } from '../../wire/delivery';
import type { Rpc } from './deps';
import { notFound } from './deps';

/** One delivery with its history. */
export const getDelivery: Rpc<'getDelivery'> = (deps) => async (request, call) => {
  const [delivery] = await deps.deliveries.load(call.caller.tenantId, [request.deliveryId]);
  if (!delivery) throw notFound('DELIVERY', request.deliveryId);
  return { delivery: wireDelivery(delivery) };
};

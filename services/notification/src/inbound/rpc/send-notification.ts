import { wireDelivery } from '../../wire/delivery';
import { readNotification } from '../../wire/notification';
import type { Rpc } from './deps';
import { askedOf } from './deps';

/** Sends, holds or refuses. */
export const sendNotification: Rpc<'sendNotification'> = (deps) => async (request, call) => {
  const asked = askedOf('SendNotification', request, call);
  const delivery = await deps.accept(call.caller.tenantId, readNotification(request.notification!), asked);
  return { delivery: wireDelivery(delivery) };
};

import { wireDelivery } from '../../wire/delivery';
import type { Rpc } from './deps';
import { askedOf } from './deps';
import { readNotification } from './read-notification';

/** Sends, holds or refuses. */
export const sendNotification: Rpc<'sendNotification'> = (deps) => async (request, call) => {
  const asked = askedOf('SendNotification', request, call);
  const delivery = await deps.accept(call.caller.tenantId, readNotification(request.notification!), asked);
  return { delivery: wireDelivery(delivery) };
};

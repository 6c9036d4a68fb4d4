import { stateOf, wireDelivery } from '../../wire/delivery';
import type { Rpc } from './deps';
import { readPlace, writePlace } from './paging';

const DEFAULT_SIZE = 50;

/** Deliveries, the newest first. */
export const listDeliveries: Rpc<'listDeliveries'> = (deps) => async (request, call) => {
  const { customerId, kind, aboutId } = request;
  const query = { tenantId: call.caller.tenantId, customerId, kind, aboutId, states: request.states.flatMap(stateOf) };
  const place = readPlace(request.pageToken);
  const { deliveries, more } = await deps.deliveries.list(query, place, request.pageSize || DEFAULT_SIZE);
  const last = deliveries.at(-1);
  return {
    deliveries: deliveries.map(wireDelivery),
    nextPageToken: more && last ? writePlace({ at: last.createdAt, id: last.id }) : '',
  };
};

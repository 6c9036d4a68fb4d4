import { wireIncident } from '../../wire/incident';
import type { Rpc } from './deps';
import { readPlace, writePlace } from './paging';

const DEFAULT_SIZE = 50;

/** Incidents, the newest first. */
export const listIncidents: Rpc<'listIncidents'> = (deps) => async (request, call) => {
  const place = readPlace(request.pageToken);
  const size = request.pageSize || DEFAULT_SIZE;
  const { incidents, more } = await deps.incidents.list(call.caller.tenantId, request.open, place, size);
  const last = incidents.at(-1);
  return {
    incidents: incidents.map(wireIncident),
    nextPageToken: more && last ? writePlace({ at: last.openedAt, id: last.id }) : '',
  };
};

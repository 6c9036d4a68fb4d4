import { wireIncident } from '../../wire/incident';
import type { Rpc } from './deps';
import { notFound } from './deps';

/** One incident with all its updates. */
export const getIncident: Rpc<'getIncident'> = (deps) => async (request, call) => {
  const incident = await deps.incidents.load(call.caller.tenantId, request.incidentId);
  if (!incident) throw notFound('INCIDENT', request.incidentId);
  return { incident: wireIncident(incident) };
};

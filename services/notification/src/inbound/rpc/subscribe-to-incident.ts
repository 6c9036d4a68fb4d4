import { wireIncident } from '../../wire/incident';
import { pointTexts } from '../../wire/points';
import type { Rpc } from './deps';
import { notFound } from './deps';

/** Adds people who are affected. */
export const subscribeToIncident: Rpc<'subscribeToIncident'> = (deps) => async (request, call) => {
  const points = pointTexts('contact_points', request.contactPoints);
  const incident = await deps.subscribe(call.caller.tenantId, request.incidentId, points);
  if (!incident) throw notFound('INCIDENT', request.incidentId);
  return { incident: wireIncident(incident) };
};

import { wireIncident } from '../../wire/incident';
import type { Rpc } from './deps';
import { askedOf } from './deps';

/** Tells those affected what was learnt. */
export const reviewIncident: Rpc<'reviewIncident'> = (deps) => async (request, call) => {
  const command = { type: 'review' as const, at: deps.now(), message: request.message, author: call.caller.subject };
  const asked = askedOf('ReviewIncident', request, call);
  const incident = await deps.changeIncident(call.caller.tenantId, request.incidentId, command, [], asked);
  return { incident: wireIncident(incident) };
};

import { wireIncident } from '../../wire/incident';
import type { Rpc } from './deps';
import { askedOf } from './deps';

/** Ends an incident. */
export const resolveIncident: Rpc<'resolveIncident'> = (deps) => async (request, call) => {
  const command = { type: 'resolve' as const, at: deps.now(), message: request.message, author: call.caller.subject };
  const asked = askedOf('ResolveIncident', request, call);
  const incident = await deps.changeIncident(call.caller.tenantId, request.incidentId, command, [], asked);
  return { incident: wireIncident(incident) };
};

import type { Phase } from '../../domain/incident/incident';
import { phaseOf, wireIncident } from '../../wire/incident';
import type { Rpc } from './deps';
import { askedOf } from './deps';

/** Says how far we are and when the next update comes. */
export const updateIncident: Rpc<'updateIncident'> = (deps) => async (request, call) => {
  const phase = phaseOf(request.phase) as Exclude<Phase, 'resolved'>;
  const nextAt = request.nextUpdateAt!.getTime();
  const command = {
    type: 'update' as const,
    at: deps.now(),
    phase,
    message: request.message,
    nextAt,
    author: call.caller.subject,
  };
  const asked = askedOf('UpdateIncident', request, call);
  const incident = await deps.changeIncident(call.caller.tenantId, request.incidentId, command, [], asked);
  return { incident: wireIncident(incident) };
};

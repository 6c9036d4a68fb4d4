import { wireIncident } from '../../wire/incident';
import { pointTexts } from '../../wire/points';
import type { Rpc } from './deps';
import { askedOf } from './deps';

/** Opens an incident and tells those affected. */
export const openIncident: Rpc<'openIncident'> = (deps) => async (request, call) => {
  const asked = askedOf('OpenIncident', request, call);
  const id = request.incidentId || (asked ? `inc_${asked.fingerprint}` : `inc_${deps.newId()}`);
  const { title, impact, message, severe } = request;
  const nextAt = request.nextUpdateAt!.getTime();
  const command = {
    type: 'open' as const,
    at: deps.now(),
    id,
    title,
    impact,
    message,
    nextAt,
    author: call.caller.subject,
    severe,
  };
  const points = pointTexts('affected', request.affected);
  return { incident: wireIncident(await deps.changeIncident(call.caller.tenantId, id, command, points, asked)) };
};

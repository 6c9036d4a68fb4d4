import { USUAL_ACTION } from '../../../domain/recovery/empowerment';
import { requestApproval as ask } from '../../../use-cases/approve';
import { wireApproval } from '../../../wire/empowerment';
import { askedOf, idOf } from '../deps';
import type { EmpowermentRpc } from './deps';

/** Asks somebody to agree to more than the agent may give alone. */
export const requestApproval: EmpowermentRpc<'requestApproval'> = (deps) => async (request, call) => {
  const { agentId, caseId, what, reason } = request;
  const asked = askedOf('RequestApproval', request, call);
  const terms = {
    id: idOf(deps, '', asked),
    agentId,
    requestedBy: call.caller.subject,
    caseId,
    action: request.action || USUAL_ACTION,
    amount: Number(request.amountMinor),
    what,
    reason,
  };
  return { approval: wireApproval(await ask(deps, call.caller.tenantId, terms, asked)) };
};

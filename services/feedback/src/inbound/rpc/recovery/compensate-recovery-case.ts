import { compensate } from '../../../use-cases/recover';
import { approverOf, askedOf, idOf } from '../deps';
import type { RecoveryRpc } from './deps';
import { shown } from './deps';

/** Gives the customer something, within what the agent may give alone. */
export const compensateRecoveryCase: RecoveryRpc<'compensateRecoveryCase'> = (deps) => async (request, call) => {
  const { caseId, agentId, what, action } = request;
  const asked = askedOf('CompensateRecoveryCase', request, call);
  const gift = {
    id: idOf(deps, '', asked),
    at: deps.now(),
    agentId,
    approverId: request.approverId ? approverOf(request.approverId, call) : '',
    amount: Number(request.amountMinor),
    what,
    ...(action ? { action } : {}),
  };
  return shown(await compensate(deps, call.caller.tenantId, caseId, gift, asked));
};

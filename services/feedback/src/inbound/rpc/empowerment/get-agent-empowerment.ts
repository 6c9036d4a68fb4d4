import { verdictOf } from '../../../use-cases/approve';
import { wireAnswer } from '../../../wire/empowerment';
import type { EmpowermentRpc } from './deps';

/** What an agent may decide, before it is promised. */
export const getAgentEmpowerment: EmpowermentRpc<'getAgentEmpowerment'> = (deps) => async (request, call) => {
  const { agentId, action, caseId } = request;
  const wish = { id: '', at: deps.now(), agentId, action, caseId, amount: Number(request.amountMinor) };
  return wireAnswer(await verdictOf(deps, call.caller.tenantId, wish));
};

import { grantApproval as grant } from '../../../use-cases/approve';
import { wireApproval } from '../../../wire/empowerment';
import { approverOf, askedOf } from '../deps';
import type { EmpowermentRpc } from './deps';

/** Agrees; the customer is given it at once. */
export const grantApproval: EmpowermentRpc<'grantApproval'> = (deps) => async (request, call) => {
  const { approvalId, note } = request;
  const approverId = approverOf(request.approverId, call);
  const asked = askedOf('GrantApproval', request, call);
  const answer = { approvalId, approverId, note, alternatives: [] };
  return { approval: wireApproval(await grant(deps, call.caller.tenantId, answer, asked)) };
};

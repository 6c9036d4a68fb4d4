import { denyApproval as deny } from '../../../use-cases/approve';
import { wireApproval } from '../../../wire/empowerment';
import { approverOf, askedOf } from '../deps';
import type { EmpowermentRpc } from './deps';

/** Says no, with the reason. */
export const denyApproval: EmpowermentRpc<'denyApproval'> = (deps) => async (request, call) => {
  const { approvalId, reason, alternatives } = request;
  const approverId = approverOf(request.approverId, call);
  const asked = askedOf('DenyApproval', request, call);
  const answer = { approvalId, approverId, note: reason, alternatives };
  return { approval: wireApproval(await deny(deps, call.caller.tenantId, answer, asked)) };
};

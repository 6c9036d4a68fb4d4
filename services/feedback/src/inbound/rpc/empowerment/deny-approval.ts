import { denyApproval as deny } from '../../../use-cases/approve';
import { wireApproval } from '../../../wire/empowerment';
import { askedOf } from '../deps';
import type { EmpowermentRpc } from './deps';

/** Says no, with the reason. */
export const denyApproval: EmpowermentRpc<'denyApproval'> = (deps) => async (request, call) => {
  const { approvalId, approverId, reason, alternatives } = request;
  const asked = askedOf('DenyApproval', request, call);
  const answer = { approvalId, approverId, note: reason, alternatives };
  return { approval: wireApproval(await deny(deps, call.caller.tenantId, answer, asked)) };
};

import { wireApproval } from '../../../wire/empowerment';
import { approvalStateOf } from '../../../wire/words';
import { listed } from '../deps';
import type { EmpowermentRpc } from './deps';

/** Approvals, the newest first. */
export const listApprovals: EmpowermentRpc<'listApprovals'> = (deps) => async (request, call) => {
  const where = { state: approvalStateOf(request.state), agentId: request.agentId, caseId: request.caseId };
  const { tenantId } = call.caller;
  const { items, nextPageToken } = await listed(deps.approvals, tenantId, where, request, ({ createdAt }) => createdAt);
  return { approvals: items.map(wireApproval), nextPageToken };
};

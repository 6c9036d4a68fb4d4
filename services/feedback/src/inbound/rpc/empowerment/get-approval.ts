import { wireApproval } from '../../../wire/empowerment';
import { notFound } from '../deps';
import type { EmpowermentRpc } from './deps';

/** One approval. */
export const getApproval: EmpowermentRpc<'getApproval'> = (deps) => async (request, call) => {
  const found = await deps.approvals.load(call.caller.tenantId, request.approvalId);
  if (!found) throw notFound('APPROVAL', request.approvalId);
  return { approval: wireApproval(found) };
};

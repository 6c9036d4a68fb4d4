import { feedbackV1 } from '@throughline/proto';
import type { RpcService } from '@throughline/rpc';
import { implement } from '@throughline/rpc';
import { denyApproval } from './deny-approval';
import type { EmpowermentDeps } from './deps';
import { getAgentEmpowerment } from './get-agent-empowerment';
import { getApproval } from './get-approval';
import { getEmpowerment } from './get-empowerment';
import { grantApproval } from './grant-approval';
import { listApprovals } from './list-approvals';
import { requestApproval } from './request-approval';
import { setAgentTier } from './set-agent-tier';
import { setEmpowerment } from './set-empowerment';

/** The whole EmpowermentService. */
export const empowermentService = (deps: EmpowermentDeps): RpcService =>
  implement(feedbackV1.EmpowermentServiceService, {
    denyApproval: denyApproval(deps),
    getAgentEmpowerment: getAgentEmpowerment(deps),
    getApproval: getApproval(deps),
    getEmpowerment: getEmpowerment(deps),
    grantApproval: grantApproval(deps),
    listApprovals: listApprovals(deps),
    requestApproval: requestApproval(deps),
    setAgentTier: setAgentTier(deps),
    setEmpowerment: setEmpowerment(deps),
  });

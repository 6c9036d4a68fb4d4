import type { Aggregates } from '@throughline/store';
import type { Approval, ApprovalEvent } from '../domain/recovery/approval';
import { evolveApproval, lookAtApproval } from '../domain/recovery/approval';
import type { Approvals } from '../use-cases/recovery-ports';
import { createRecords, fromDoc, toDoc } from './records';
import { approvalEvent } from './recovery-events';

/** The approval as document fields, with the moment somebody must look at it. */
export const approvalToDoc = (approval: Approval) => {
  const at = lookAtApproval(approval);
  return { ...toDoc(approval), ...(at === undefined ? {} : { lookAt: new Date(at) }) };
};

export const approvalFromDoc = ({ lookAt, ...doc }: Record<string, unknown>): Approval => fromDoc<Approval>(doc);

interface Due {
  tenantId: string;
  ownId: string;
}

/** What agents ask somebody to agree to, on MongoDB. */
export const createApprovals = (aggregates: Aggregates<Approval>): Approvals => ({
  ...createRecords<Approval, ApprovalEvent>({
    aggregates,
    evolve: evolveApproval,
    tell: approvalEvent,
    order: 'createdAt',
  }),
  async due(until, limit) {
    const found = await aggregates.collection
      .find({ lookAt: { $lte: new Date(until) } } as never)
      .project<Due>({ _id: 0, tenantId: 1, ownId: 1 })
      .sort({ lookAt: 1 })
      .limit(limit)
      .toArray();
    return found.map(({ tenantId, ownId }) => ({ tenantId, id: ownId }));
  },
});

import type { Aggregates } from '@throughline/store';
import type { Approval, ApprovalEvent } from '../domain/recovery/approval';
import { evolveApproval, lookAtApproval } from '../domain/recovery/approval';
import type { Approvals } from '../use-cases/recovery-ports';
import { createRecords, fromDoc, toDoc } from './records';
import { approvalEvent } from './recovery-events';
import { inShards, ofShards, shardOf } from './shards';

/** The approval as document fields, with the moment somebody must look at it and the share of the work it belongs to. */
export const approvalToDoc = (approval: Approval) => {
  const at = lookAtApproval(approval);
  return { ...toDoc(approval), ...(at === undefined ? {} : { lookAt: new Date(at), shard: shardOf(approval.id) }) };
};

export const approvalFromDoc = ({ lookAt, shard, ...doc }: Record<string, unknown>): Approval => fromDoc<Approval>(doc);

interface Due {
  tenantId: string;
  ownId: string;
  shard?: number;
}

/** What agents ask somebody to agree to, on MongoDB. */
export const createApprovals = (aggregates: Aggregates<Approval>): Approvals => ({
  ...createRecords<Approval, ApprovalEvent>({
    aggregates,
    evolve: evolveApproval,
    tell: approvalEvent,
    order: 'createdAt',
  }),
  async due(shards, until, limit) {
    if (shards.length === 0) return [];
    const found = await aggregates.collection
      .find({ shard: inShards(shards), lookAt: { $lte: new Date(until) } } as never)
      .project<Due>({ _id: 0, tenantId: 1, ownId: 1, shard: 1 })
      .sort({ lookAt: 1 })
      .limit(limit)
      .toArray();
    return ofShards(found, shards).map(({ tenantId, ownId, shard }) => ({ tenantId, id: ownId, shard }));
  },
});

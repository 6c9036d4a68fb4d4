import { accessV1 } from '@throughline/proto';
import type { Call } from '@throughline/rpc';
import type { AuditOutcome, AuditRecord } from '../../domain/audit';
import type { AuditTrail } from '../../use-cases/ports';

const outcomes: Record<AuditOutcome, accessV1.AuditOutcome> = {
  DONE: accessV1.AuditOutcome.DONE,
  REFUSED: accessV1.AuditOutcome.REFUSED,
  UNKNOWN: accessV1.AuditOutcome.UNKNOWN,
};

const toProto = ({ tenantId: _own, at, seq, outcome, ...record }: AuditRecord): accessV1.AuditRecord => ({
  ...record,
  seq: BigInt(seq),
  calledAt: at,
  outcome: outcomes[outcome],
});

/** What the callers of the tenant did, newest first. */
export const listAuditRecords =
  (trail: Pick<AuditTrail, 'list'>) =>
  async (request: accessV1.ListAuditRecordsRequest, call: Call): Promise<accessV1.ListAuditRecordsResponse> => {
    const { actorId, resource, calledSince: since, calledBefore: before, pageSize, pageToken } = request;
    const filter = { actorId, resource, since, before };
    const { records, nextPageToken } = await trail.list(call.caller.tenantId, filter, pageSize || 50, pageToken);
    return { auditRecords: records.map(toProto), nextPageToken };
  };

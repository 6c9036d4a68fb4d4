import { invalidField } from '@throughline/core';
import type { IndexSpec, SealedDoc } from '@throughline/store';
import type { AuditedCall, AuditOutcome, AuditRecord, Ending } from '../domain/audit';

/** Calls that are about to be made, or were made and not sealed yet. */
export const OPEN_CALLS = 'audit_calls';
/** Sealed records, a chain for each tenant, and where each chain ends. */
export const auditLog = { records: 'audit_records', heads: 'audit_heads' };

export const auditIndexes: IndexSpec[] = [
  { collection: OPEN_CALLS, name: 'oldest', keys: { at: 1 } },
  { collection: auditLog.records, name: 'actor', keys: { chain: 1, actorId: 1, seq: -1 } },
  { collection: auditLog.records, name: 'resource', keys: { chain: 1, resource: 1, seq: -1 } },
];

export interface OpenCall extends Omit<AuditedCall, 'id'> {
  _id: string;
}

export const toOpenCall = ({ id: _id, ...call }: AuditedCall): OpenCall => ({ _id, ...call });

/** Fields of a record; the tenant is its chain. `callId` tells two records of one call, which must not be. */
export const fieldsOf = ({ _id: callId, tenantId: _chain, ...call }: OpenCall, { outcome, reason }: Ending) => ({
  ...call,
  callId,
  outcome,
  reason,
});

export const fromRecord = (doc: SealedDoc): AuditRecord => ({
  tenantId: doc.chain,
  seq: doc.seq,
  at: doc['at'] as Date,
  actorKind: String(doc['actorKind']),
  actorId: String(doc['actorId']),
  door: doc['door'] as AuditRecord['door'],
  method: String(doc['method']),
  resource: String(doc['resource']),
  requestId: String(doc['requestId']),
  outcome: doc['outcome'] as AuditOutcome,
  reason: String(doc['reason']),
  seal: doc.seal,
});

/** A token is the number of the last record of a page. */
export const readToken = (token: string): number => {
  if (/^\d{1,12}$/.test(token)) return Number(token);
  throw invalidField('page_token', 'page_token', 'is not a token of an earlier page');
};

import { accessV1 } from '@throughline/proto';
import type { Call } from '@throughline/rpc';
import type { AuditTrail } from '../../use-cases/ports';

const DEFAULT_MOST = 10_000;

const kindOf = (kind: string): accessV1.AuditFaultKind =>
  accessV1.AuditFaultKind[kind as keyof typeof accessV1.AuditFaultKind];

/** Whether the tenant's records are what was sealed, a part at a time. */
export const verifyAudit =
  (trail: Pick<AuditTrail, 'verify'>) =>
  async (request: accessV1.VerifyAuditRequest, call: Call): Promise<accessV1.VerifyAuditResponse> => {
    const { seq, seal } = request.anchor ?? {};
    const verdict = await trail.verify(call.caller.tenantId, {
      afterSeq: Number(request.afterSeq),
      most: request.maxRecords || DEFAULT_MOST,
      ...(seq ? { anchor: { seq: Number(seq), seal: seal ?? '' } } : {}),
    });
    return {
      recordsChecked: verdict.checked,
      checkedThroughSeq: BigInt(verdict.through),
      complete: verdict.complete,
      faults: verdict.faults.map((fault) => ({
        kind: kindOf(fault.kind),
        seq: BigInt(fault.seq),
        description: fault.text,
      })),
      anchor: { seq: BigInt(verdict.anchor.seq), seal: verdict.anchor.seal },
    };
  };

import type { ServiceError, StatusObject } from '@grpc/grpc-js';
import { Metadata, status } from '@grpc/grpc-js';
import type { RefusalKind, Violation } from '@throughline/core';
import { isRefusal, Refusal } from '@throughline/core';
import { rpcV1 } from '@throughline/proto';

/** The one table from a refusal to gRPC. */
export const codeOf: Record<RefusalKind, status> = {
  invalid: status.INVALID_ARGUMENT,
  unauthenticated: status.UNAUTHENTICATED,
  denied: status.PERMISSION_DENIED,
  not_found: status.NOT_FOUND,
  already_exists: status.ALREADY_EXISTS,
  conflict: status.ABORTED,
  precondition: status.FAILED_PRECONDITION,
  exhausted: status.RESOURCE_EXHAUSTED,
  unavailable: status.UNAVAILABLE,
  out_of_range: status.OUT_OF_RANGE,
  unimplemented: status.UNIMPLEMENTED,
};

/** Trailer that carries a google.rpc.Status. */
export const DETAILS = 'grpc-status-details-bin';
const any = (type: string, value: Uint8Array) => ({
  typeUrl: `type.googleapis.com/${type}`,
  value: Buffer.from(value),
});

/** A refusal as a gRPC status with google.rpc details: ErrorInfo with the reason, BadRequest with the fields. */
export function toStatus(refusal: Refusal): Partial<StatusObject> & { code: status; details: string } {
  const code = codeOf[refusal.kind];
  const info = rpcV1.ErrorInfo.encode({
    reason: refusal.reason,
    domain: 'throughline',
    metadata: refusal.metadata,
  }).finish();
  const details = [any('google.rpc.ErrorInfo', info)];
  if (refusal.violations.length > 0) {
    const fieldViolations = refusal.violations.map(({ field, rule, description }) =>
      rpcV1.BadRequest_FieldViolation.fromPartial({ field, description, reason: rule }),
    );
    details.push(any('google.rpc.BadRequest', rpcV1.BadRequest.encode({ fieldViolations }).finish()));
  }
  const after = Number(refusal.metadata['retry_after_seconds']);
  if (after > 0) {
    const retryDelay = { seconds: BigInt(Math.ceil(after)), nanos: 0 };
    details.push(any('google.rpc.RetryInfo', rpcV1.RetryInfo.encode({ retryDelay }).finish()));
  }
  const metadata = new Metadata();
  const body = rpcV1.Status.encode({ code, message: refusal.message, details }).finish();
  metadata.set(DETAILS, Buffer.from(body));
  return { code, details: refusal.message, metadata };
}

function violationsOf(value: Uint8Array): Violation[] {
  return rpcV1.BadRequest.decode(value).fieldViolations.map(({ field, description, reason }) => ({
    field,
    rule: reason,
    description,
  }));
}

const kindOf = new Map(Object.entries(codeOf).map(([kind, code]) => [code, kind as RefusalKind]));

/** Reads a refusal back from a call's error. Anything that carries no known code stays as it is. */
export function fromServiceError(error: ServiceError): Error {
  const raw = error.metadata?.get(DETAILS)[0];
  const kind = error.code === status.DEADLINE_EXCEEDED ? 'unavailable' : kindOf.get(error.code);
  if (!kind) return error;
  let reason = status[error.code] ?? 'UNKNOWN';
  let metadata: Record<string, string> = {};
  let violations: Violation[] = [];
  if (raw instanceof Buffer) {
    for (const detail of rpcV1.Status.decode(raw).details) {
      if (detail.typeUrl.endsWith('ErrorInfo')) ({ reason, metadata } = rpcV1.ErrorInfo.decode(detail.value));
      if (detail.typeUrl.endsWith('BadRequest')) violations = violationsOf(detail.value);
    }
  }
  return new Refusal(kind, reason, error.details, { violations, metadata });
}

/** What a handler threw, as a refusal; undefined when it is a bug. */
export function refusalOf(error: unknown): Refusal | undefined {
  if (isRefusal(error)) return error;
  const name = (error as Error)?.name ?? '';
  if (
    /^Mongo(Network|ServerSelection|NotConnected|Topology|PoolClear|WaitQueue|OperationTimeout)|^KafkaJS/.test(name) ||
    (error as { transient?: boolean })?.transient
  ) {
    return new Refusal(
      'unavailable',
      'TEMPORARILY_UNAVAILABLE',
      'a part behind this service does not answer; try again',
    );
  }
  return undefined;
}

/** DONE: answered. REFUSED: nothing changed. UNKNOWN: no answer in time, a failure, or whoever made the call died. */
export type AuditOutcome = 'DONE' | 'REFUSED' | 'UNKNOWN';

/** A call that may change something, as it is known before it is made. */
export interface AuditedCall {
  /** Id of the call in the audit trail; never shown. */
  id: string;
  at: Date;
  tenantId: string;
  actorKind: string;
  actorId: string;
  door: 'rest' | 'grpc';
  /** `/package.Service/Method`. */
  method: string;
  /** Path of the contract with the ids of the call. */
  resource: string;
  requestId: string;
}

export interface AuditRecord extends Omit<AuditedCall, 'id'> {
  seq: number;
  outcome: AuditOutcome;
  /** Stable reason of a refusal or failure. */
  reason: string;
  seal: string;
}

export interface Ending {
  outcome: AuditOutcome;
  reason: string;
}

const MOST = 128;
const plainId = /^[A-Za-z0-9._:-]+$/;
const longNumber = /^[\d.:-]{7,}$/;

/**
 * An id as the trail may keep it. Integrators choose ids, and some choose a mail address or a telephone number: what may be one
 * is replaced by `~` and the hash that `hide` makes, so that the same value can still be followed.
 */
export const shownId = (id: string, hide: (id: string) => string): string =>
  id === '' || (id.length <= MOST && plainId.test(id) && !longNumber.test(id)) ? id : `~${hide(id)}`;

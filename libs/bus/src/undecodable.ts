export type UndecodableReason =
  | 'EMPTY_VALUE'
  | 'EVENT_TOO_LARGE'
  | 'UNKNOWN_CONTENT_TYPE'
  | 'MALFORMED_ENVELOPE'
  | 'MALFORMED_DATA'
  | 'MISSING_ATTRIBUTE'
  | 'INVALID_ATTRIBUTE'
  | 'TENANT_MISMATCH';

/** A message that is not an event of ours; it goes to the dead letters with this reason. */
export class Undecodable extends Error {
  readonly reason: UndecodableReason;
  constructor(reason: UndecodableReason, detail: string) {
    super(detail);
    this.name = 'Undecodable';
    this.reason = reason;
  }
}

/** What went wrong, independent of the transport; each transport has one table from kind to its own code. */
export type RefusalKind =
  | 'invalid'
  | 'unauthenticated'
  | 'denied'
  | 'not_found'
  | 'already_exists'
  | 'conflict'
  | 'precondition'
  | 'exhausted'
  | 'unavailable'
  | 'out_of_range'
  | 'unimplemented';

/** One field that breaks one rule, said so that the caller can repair it. */
export interface Violation {
  field: string;
  rule: string;
  description: string;
}

export interface RefusalDetails {
  violations?: Violation[];
  metadata?: Record<string, string>;
}

/** An expected "no" with a stable reason. Any other error is a bug. */
export class Refusal extends Error {
  readonly kind: RefusalKind;
  readonly reason: string;
  readonly violations: Violation[];
  readonly metadata: Record<string, string>;

  constructor(kind: RefusalKind, reason: string, message: string, details: RefusalDetails = {}) {
    super(message);
    this.name = 'Refusal';
    this.kind = kind;
    this.reason = reason;
    this.violations = details.violations ?? [];
    this.metadata = details.metadata ?? {};
  }
}

/** True for refusals of this and of any other copy of this package. */
export const isRefusal = (error: unknown): error is Refusal =>
  error instanceof Refusal || (error instanceof Error && error.name === 'Refusal' && 'kind' in error);

/** The most frequent refusal: one field breaks one rule. */
export const invalidField = (field: string, rule: string, description: string): Refusal =>
  new Refusal('invalid', 'INVALID_ARGUMENT', `${field}: ${description}`, {
    violations: [{ field, rule, description }],
  });

/** Refuses with everything that is wrong, the first in words; does nothing when there is nothing. */
export const refuseWith = (violations: Violation[]): void => {
  const [first] = violations;
  if (first) throw new Refusal('invalid', 'INVALID_ARGUMENT', `${first.field}: ${first.description}`, { violations });
};

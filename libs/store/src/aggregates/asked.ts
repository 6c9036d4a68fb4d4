import { Refusal } from '@throughline/core';
import type { Asked } from '../types';

/** How many requests a document remembers. */
export const ASKED_KEPT = 32;

/** The earlier answer to this request, undefined when it is new; refuses a key that was used with another body. */
export function alreadyAsked(asked: Asked[], request: { id: string; fingerprint: string }): Asked | undefined {
  const earlier = asked.find((entry) => entry.id === request.id);
  if (earlier && earlier.fingerprint !== request.fingerprint) {
    throw new Refusal(
      'precondition',
      'IDEMPOTENCY_KEY_REUSED',
      'This request id was already used with another request.',
    );
  }
  return earlier;
}

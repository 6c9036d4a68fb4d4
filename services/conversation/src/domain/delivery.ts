import type { DeliveryState } from './conversation';

// Rank in the lattice: a state only ever moves up. An ending (failed, bounced, complained) outranks progress, because
// a bounce may follow a `delivered` of the next hop, and a late `sent` must change nothing.
const rank: Record<DeliveryState, number> = {
  QUEUED: 1,
  SENT: 2,
  DELIVERED: 3,
  READ: 4,
  FAILED: 5,
  BOUNCED: 6,
  COMPLAINED: 7,
};

/** True when `next` says more than what is known. */
export const outranks = (next: DeliveryState, known: DeliveryState | undefined): boolean =>
  known === undefined || rank[next] > rank[known];

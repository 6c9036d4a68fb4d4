/** What each hop keeps for itself, so that the caller hears our answer and not only its own time-out. */
const HOP_MS = 50;
const READ_MS = 5_000;
const WRITE_MS = 10_000;

/** The moment a service must have answered: its class's budget, or the caller's own when that ends earlier. */
export const deadlineFor = (read: boolean, now: number, given?: number): number =>
  Math.min(now + (read ? READ_MS : WRITE_MS), given ?? Number.POSITIVE_INFINITY) - HOP_MS;

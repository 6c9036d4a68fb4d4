/** What we know of a destination: whether it is worth talking to. */
export interface Breaker {
  /** Outages in a row. */
  failures: number;
  /** How often it opened since the last success. */
  trips: number;
  /** Nobody is sent there before; 0 when it is closed. */
  openUntil: number;
}

const TRIP_AT = 5;
const LONGEST = 120;

export const closed: Breaker = { failures: 0, trips: 0, openUntil: 0 };

/** How many may be under way at a moment: all while closed, none while open, one to find out when that time is over. */
export const allowed = ({ openUntil }: Breaker, at: number, usually: number): number => {
  if (openUntil === 0) return usually;
  return at < openUntil ? 0 : 1;
};

/** After an outage: opens at the fifth in a row, and again, for longer, when the one who was to find out failed. */
export const afterOutage = ({ failures, trips, openUntil }: Breaker, at: number, firstMs: number): Breaker => {
  // Others that were under way when it opened say nothing new.
  if (at < openUntil) return { failures: failures + 1, trips, openUntil };
  if (openUntil === 0 && failures + 1 < TRIP_AT) return { failures: failures + 1, trips, openUntil: 0 };
  const wait = firstMs * Math.min(2 ** trips, LONGEST);
  return { failures: failures + 1, trips: trips + 1, openUntil: at + wait };
};

/**
 * How much of an agent's time was worked lately, in slots of equal length, so that what is kept does not grow. Worked time is
 * weighted with the share of the capacity in hand: a call counts whole, one chat of three a third. Time away counts for nothing.
 */
export interface Ledger {
  /** Counted up to here. */
  at: number;
  /** Share of the capacity in hand since then, 0 to 1; below 0 while away. */
  share: number;
  slotMs: number;
  /** Number of the newest slot since the epoch. */
  slot: number;
  /** Worked and attended milliseconds of each slot in turn, newest last. */
  sums: number[];
}

/** Slots of one window. One more is kept: of the oldest only the part counts that is still within the window. */
const SLOTS = 30;
const KEPT = SLOTS + 1;
/** Below this part of a window too little was seen to say anything. */
const SEEN_PART = 3;

export const AWAY = -1;

export const newLedger = (at: number, windowMs: number, share: number): Ledger => {
  const slotMs = Math.max(1, Math.round(windowMs / SLOTS));
  return { at, share, slotMs, slot: Math.floor(at / slotMs), sums: new Array<number>(KEPT * 2).fill(0) };
};

/** The ledger with the time up to a moment counted; a clock that went back counts nothing. */
export const countUntil = (ledger: Ledger, at: number): Ledger => {
  if (at <= ledger.at) return ledger;
  const { slotMs, share } = ledger;
  let { slot } = ledger;
  let sums = [...ledger.sums];
  let from = Math.max(ledger.at, at - KEPT * slotMs);
  const last = Math.floor(at / slotMs);
  const roll = (to: number): void => {
    const by = Math.min(KEPT, to - slot);
    sums = [...sums.slice(by * 2), ...new Array<number>(by * 2).fill(0)];
    slot = to;
  };
  while (from < at) {
    const number = Math.floor(from / slotMs);
    if (number > slot) roll(number);
    const to = Math.min(at, (number + 1) * slotMs);
    if (share >= 0) {
      sums[KEPT * 2 - 2]! += share * (to - from);
      sums[KEPT * 2 - 1]! += to - from;
    }
    from = to;
  }
  if (last > slot) roll(last);
  return { ...ledger, at, slot, sums };
};

/** Occupancy of the window that ends at a moment, 0 to 1; undefined while less than a third of it was attended. */
export const occupancyAt = (ledger: Ledger, at: number): number | undefined => {
  const { sums, slotMs, slot } = countUntil(ledger, at);
  const left = Math.min(1, Math.max(0, 1 - (at - slot * slotMs) / slotMs));
  let worked = sums[0]! * left;
  let attended = sums[1]! * left;
  for (let i = 2; i < sums.length; i += 2) {
    worked += sums[i]!;
    attended += sums[i + 1]!;
  }
  return attended * SEEN_PART < slotMs * SLOTS ? undefined : worked / attended;
};

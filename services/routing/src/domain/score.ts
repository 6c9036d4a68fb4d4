/**
 * Which work first: `base + ageing × minutes waited`, highest first; on a tie the older, then the smaller id. With every
 * ageing rate above 0 nothing starves: whatever its priority, a contact overtakes all that came late enough after it.
 */
export const scoreOf = (base: number, pointsPerMinute: number, arrivedAt: number, now: number): number =>
  base + (pointsPerMinute * (now - arrivedAt)) / 60_000;

/** The part of the score that time does not change: contacts of one ageing rate keep their order for ever. */
export const standing = (base: number, pointsPerMinute: number, arrivedAt: number): number =>
  base - (pointsPerMinute * arrivedAt) / 60_000;

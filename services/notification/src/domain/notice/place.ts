/**
 * Where a reader of notices stands.
 *
 * Their order is that of the stamps which the database gives them, so no clock of a process has a say in it. A stamp is given
 * as the row is about to be written: of two rows written side by side, the one with the later stamp may be there first. A
 * reader that has told the later one and comes back must still get the other. So its place holds, beside the latest stamp
 * told, a sum over all that was told of the minute before it: when what is there now adds up to something else, that minute
 * is told again. The sum is kept second by second, so that one more notice costs the same however many were told.
 */
export interface Place {
  /** The latest told. */
  stamp: Stamp;
  /** All that was told after this one, up to `stamp`, is in `told`. */
  from: Stamp;
  /** Seconds, and the sum over what was told of each. */
  told: ReadonlyMap<number, number>;
}

/** Seconds and number within the second, 16 hexadecimal digits: sorts as time does. */
export type Stamp = string;

/** A place as readers carry it. */
export interface Cursor {
  stamp: Stamp;
  from: Stamp;
  sum: string;
}

/** For how long a row may be under way after it got its stamp. */
const UNDER_WAY_S = 60;

const hex8 = (number: number): string => number.toString(16).padStart(8, '0');

export const stampOf = (seconds: number, number: number): Stamp => hex8(seconds) + hex8(number);
export const secondsOf = (stamp: Stamp): number => Number.parseInt(stamp.slice(0, 8), 16);
export const numberOf = (stamp: Stamp): number => Number.parseInt(stamp.slice(8), 16);
export const isStamp = (text: string): boolean => /^[0-9a-f]{16}$/.test(text);

/** Before every notice there is. */
export const EARLIEST: Stamp = stampOf(0, 0);

const LAST_NUMBER = 0xffff_ffff;

const secondBefore = (stamp: Stamp): number => Math.max(secondsOf(stamp) - UNDER_WAY_S, 0);
const later = (a: Stamp, b: Stamp): Stamp => (a > b ? a : b);

// In no order: each stamp is one row, so a sum of what is made of them tells sets apart.
const mixed = (stamp: Stamp): number =>
  Math.imul(secondsOf(stamp), 0x9e3779b1) ^ Math.imul(numberOf(stamp), 0x85ebca6b);
const sumOf = (numbers: Iterable<number>): string => {
  let sum = 0;
  for (const number of numbers) sum = (sum + number) | 0;
  return sum.toString(36);
};

/** The place of a reader that was told nothing yet and wants what comes after a stamp. */
export const startAfter = (stamp: Stamp): Place => ({ stamp, from: stamp, told: new Map() });

/** The place after one more was told, which may have an earlier stamp than one before it. */
export const past = (place: Place, stamp: Stamp): Place => {
  const latest = later(place.stamp, stamp);
  // Whole seconds are left behind, so what was told of them goes with them.
  const behind = secondBefore(latest);
  const from = later(place.from, stampOf(behind, LAST_NUMBER));
  const told = new Map(place.told);
  if (from !== place.from) for (const second of told.keys()) if (second <= behind) told.delete(second);
  const second = secondsOf(stamp);
  if (stamp > from) told.set(second, ((told.get(second) ?? 0) + mixed(stamp)) | 0);
  return { stamp: latest, from, told };
};

export const cursorOf = ({ stamp, from, told }: Place): Cursor => ({ stamp, from, sum: sumOf(told.values()) });

/** The place as text, for readers to bring back. */
export const writeCursor = (place: Place): string => {
  const { stamp, from, sum } = cursorOf(place);
  return `${stamp}.${from}.${sum}`;
};

/** Undefined for what `writeCursor` never wrote. */
export const readCursor = (text: string): Cursor | undefined => {
  const [, stamp, from, sum] = /^([0-9a-f]{16})\.([0-9a-f]{16})\.(-?[0-9a-z]{1,6})$/.exec(text) ?? [];
  if (!stamp || !from || !sum || from > stamp) return undefined;
  // Nobody makes us look at more than the minute.
  return { stamp, from: later(from, stampOf(secondBefore(stamp), 0)), sum };
};

/** Where a reader goes on: `found` is what there is now after its `from`, up to its `stamp`. Tell it all after the place's stamp. */
export const resumeAt = ({ stamp, from, sum }: Cursor, found: Stamp[]): Place => {
  if (sumOf(found.map(mixed)) !== sum) return startAfter(from);
  const told = new Map<number, number>();
  for (const one of found) told.set(secondsOf(one), ((told.get(secondsOf(one)) ?? 0) + mixed(one)) | 0);
  return { stamp, from, told };
};

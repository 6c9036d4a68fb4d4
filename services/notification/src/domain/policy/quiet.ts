import type { QuietHours } from './policy';
import { minuteOfDay } from './zone';

const MINUTE = 60_000;
const DAY_MINUTES = 1_440;

const isQuiet = ({ starts, ends }: QuietHours, minute: number): boolean =>
  starts < ends ? minute >= starts && minute < ends : minute >= starts || minute < ends;

/** The end of the quiet time that a clock in the zone is in; undefined outside of it. */
const endIn = (quiet: QuietHours, zone: string, at: number): number | undefined => {
  const minute = minuteOfDay(zone, at);
  if (!isQuiet(quiet, minute)) return undefined;
  const end = at - (at % MINUTE) + ((quiet.ends - minute + DAY_MINUTES) % DAY_MINUTES) * MINUTE;
  // The clock may be changed before then; half a day is more than any change.
  const off = ((quiet.ends - minuteOfDay(zone, end) + DAY_MINUTES * 1.5) % DAY_MINUTES) - DAY_MINUTES / 2;
  const moved = end + off * MINUTE;
  return moved > at ? moved : end;
};

/** When it is no longer quiet in any of the zones a customer may be in; undefined when it is quiet in none. */
export const quietUntil = (quiet: QuietHours, zones: string[], at: number): number | undefined => {
  let until = at;
  // Each look moves to the end of one quiet time; zones that never leave a common gap are given up on after a day's worth.
  for (let looks = 0; looks < 48; looks++) {
    const ends = zones.flatMap((zone) => endIn(quiet, zone, until) ?? []);
    if (ends.length === 0) return until === at ? undefined : until;
    until = Math.max(...ends);
  }
  return until;
};

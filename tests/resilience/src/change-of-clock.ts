import { slaV1 } from '@throughline/proto';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** Sunday, 29 March 2026: in Berlin two o'clock is three o'clock. */
export const changeAt = Date.UTC(2026, 2, 29, 1);
export const zone = 'Europe/Berlin';

/** The day before the clock was set back in autumn. */
const beforeWinter = Date.UTC(2025, 9, 25, 12);

/** Time that is not open, in instants. */
interface Closed {
  from: number;
  to: number;
}

/** The hour from two to three, every night of that winter: two hours long when the clock was set back, none when it is set forward. */
const nightlyHour = (): Closed[] => {
  const closed = [{ from: Date.UTC(2025, 9, 26, 0), to: Date.UTC(2025, 9, 26, 2) }];
  for (let day = Date.UTC(2025, 9, 27); day < Date.UTC(2026, 2, 29); day += DAY) {
    closed.push({ from: day + HOUR, to: day + 2 * HOUR });
  }
  return closed;
};

const daily = (...hours: [string, string][]): slaV1.WeeklyHours[] =>
  Object.values(slaV1.DayOfWeek)
    .slice(1, 8)
    .flatMap((day) => hours.map(([opens, closes]) => ({ day, opens, closes })));

/** Calendars as they are asked for. */
export const calendars = [
  { calendarId: 'night', timeZone: zone, weeklyHours: daily(['00:00', '02:00'], ['03:00', '24:00']) },
  { calendarId: 'skipped', timeZone: zone, weeklyHours: daily(['00:00', '01:59:50'], ['02:00:10', '24:00']) },
];

/** Under which calendar a clock runs, since when, and when that is closed: worked out by hand, not by what is tested. */
export interface Course {
  name: string;
  calendarIds: string[];
  closed: Closed[];
  /** Undefined: since it is opened. */
  since?: number;
}

export const courses: Course[] = [
  { name: 'round the clock', calendarIds: [], closed: [] },
  // Closed from two to three: the hour that this night does not have.
  { name: 'over the change', calendarIds: ['night'], closed: [] },
  // Opens at a time that is skipped, and so an hour later by the wall clock.
  { name: 'at the change', calendarIds: ['skipped'], closed: [{ from: changeAt - 10_000, to: changeAt + 10_000 }] },
  // Both changes of the winter lie between start and due.
  { name: 'over a winter', calendarIds: ['night'], closed: nightlyHour(), since: beforeWinter },
];

/** Open time between two instants. */
export const openBetween = ({ closed }: Course, from: number, to: number): number =>
  closed.reduce(
    (sum, gap) => sum - Math.max(0, Math.min(gap.to, to) - Math.max(gap.from, from)),
    Math.max(0, to - from),
  );

/** The instant at which so much open time has passed. */
export const dueAfter = ({ closed }: Course, from: number, ms: number): number => {
  let at = from + ms;
  for (const gap of closed) if (gap.to > from && at > gap.from) at += gap.to - Math.max(gap.from, from);
  return at;
};

/** What clocks in Berlin show on the days around the change, to the second. */
export const berlinTime = (at: number): string =>
  new Date(at + (at < changeAt ? 1 : 2) * HOUR).toISOString().slice(0, 19);

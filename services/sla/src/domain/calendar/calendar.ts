import { instantOf, wallClockAt } from '@throughline/core';
import type { Openings, Segment } from './openings';
import { parseDate, weekdayOf } from './times';

/** Hours of a day in seconds since local midnight; `to` may be 86,400. */
export interface Hours {
  from: number;
  to: number;
}

/** Hours of a day of the week; Monday is 1. */
export interface WeeklyHours extends Hours {
  day: number;
}

/** A date with hours of its own; none at all on a holiday. */
export interface SpecialDay {
  date: string;
  name: string;
  hours: Hours[];
}

/** A calendar as it is kept: everything that decides about a due moment is in here, nothing is looked up elsewhere. */
export interface CalendarSpec {
  zone: string;
  weekly: WeeklyHours[];
  breaks: WeeklyHours[];
  days: SpecialDay[];
}

const DAY = 86_400_000;
// Days kept per calendar; beyond that it starts anew.
const MOST_DAYS = 20_000;

const without = (hours: Hours[], pause: Hours): Hours[] =>
  hours.flatMap(({ from, to }) =>
    [
      { from, to: Math.min(to, pause.from) },
      { from: Math.max(from, pause.to), to },
    ].filter((piece) => piece.from < piece.to && piece.from >= from && piece.to <= to),
  );

/** Hours of a day of the week after its breaks. */
export const hoursOfWeekday = ({ weekly, breaks }: Pick<CalendarSpec, 'weekly' | 'breaks'>, day: number): Hours[] => {
  const open = weekly
    .filter((hours) => hours.day === day)
    .map(({ from, to }) => ({ from, to }))
    .sort((a, b) => a.from - b.from);
  return breaks.filter((pause) => pause.day === day).reduce(without, open);
};

const joined = (segments: Segment[]): Segment[] => {
  const sorted = segments.filter(({ from, to }) => from < to).sort((a, b) => a.from - b.from);
  const result: Segment[] = [];
  for (const segment of sorted) {
    const last = result.at(-1);
    if (last && segment.from <= last.to) last.to = Math.max(last.to, segment.to);
    else result.push({ ...segment });
  }
  return result;
};

/** Makes the opening times of a calendar. What a day comes to is worked out once. */
export const openingsOf = (spec: CalendarSpec): Openings & { hoursOn(day: number): Hours[] } => {
  const { zone } = spec;
  const week = [1, 2, 3, 4, 5, 6, 7].map((day) => hoursOfWeekday(spec, day));
  const special = new Map(spec.days.map(({ date, hours }) => [parseDate(date)!, hours]));
  const known = new Map<number, Segment[]>();
  const hoursOn = (day: number): Hours[] => special.get(day) ?? week[weekdayOf(day) - 1]!;
  const exists = (day: number): boolean => {
    // A zone that jumps over the date line skips a whole date; its hours are not anybody's.
    const noon = day * DAY + DAY / 2;
    return Math.floor(wallClockAt(zone, instantOf(zone, noon)) / DAY) === day;
  };
  const segmentsOn = (day: number): Segment[] => {
    const found = known.get(day);
    if (found) return found;
    const hours = hoursOn(day);
    const at = (seconds: number) => instantOf(zone, day * DAY + seconds * 1000);
    const made =
      hours.length === 0 || !exists(day) ? [] : joined(hours.map(({ from, to }) => ({ from: at(from), to: at(to) })));
    if (known.size >= MOST_DAYS) known.clear();
    known.set(day, made);
    return made;
  };
  return {
    hoursOn,
    *segments(from, to) {
      if (from >= to) return;
      // One day more at both ends: an opening that a skipped hour moved may end behind midnight.
      const last = Math.floor(wallClockAt(zone, to) / DAY) + 1;
      let reached = from;
      for (let day = Math.floor(wallClockAt(zone, from) / DAY) - 1; day <= last; day++) {
        for (const segment of segmentsOn(day)) {
          const piece = { from: Math.max(segment.from, reached), to: Math.min(segment.to, to) };
          if (piece.from >= piece.to) continue;
          reached = piece.to;
          yield piece;
        }
      }
    },
  };
};

/**
 * So many working days later: the same wall-clock time on the n-th following date that has hours, or the next open moment
 * after it. Undefined when it does not come within the horizon.
 */
export const addWorkingDays = (spec: CalendarSpec, from: number, days: number): number | undefined => {
  const openings = openingsOf(spec);
  const wall = wallClockAt(spec.zone, from);
  const start = Math.floor(wall / DAY);
  let day = start;
  for (let left = days; left > 0; ) {
    day++;
    if (day - start > 20 * 366) return undefined;
    if (openings.hoursOn(day).length > 0) left--;
  }
  const at = instantOf(spec.zone, day * DAY + (wall - start * DAY));
  for (const segment of openings.segments(at, at + 1100 * DAY)) return segment.from;
  return undefined;
};

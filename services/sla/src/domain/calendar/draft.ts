import { isZone, Refusal } from '@throughline/core';
import type { CalendarSpec, Hours, SpecialDay, WeeklyHours } from './calendar';
import { hoursOfWeekday, openingsOf } from './calendar';
import { parseDate, parseTime } from './times';

/** Hours as somebody wrote them. */
export interface WrittenHours {
  opens: string;
  closes: string;
}

/** A calendar as somebody wrote it, before it is checked. */
export interface CalendarDraft {
  zone: string;
  weekly: (WrittenHours & { day: number })[];
  breaks: (WrittenHours & { day: number })[];
  /** `likeDay` makes it a working day with the hours of that day of the week: a make-up workday. */
  special: { date: string; name: string; hours: WrittenHours[]; likeDay: number }[];
  /** Closed dates, from lists of countries and uploads. A special day of the same date wins. */
  holidays: { date: string; name: string }[];
}

const refuse = (reason: string, field: string, description: string): Refusal =>
  new Refusal('invalid', reason, `${field}: ${description}`, {
    violations: [{ field, rule: reason.toLowerCase(), description }],
  });

const hoursOf = (field: string, { opens, closes }: WrittenHours): Hours => {
  const from = parseTime(opens);
  const to = parseTime(closes);
  const wrong = 'expected HH:MM or HH:MM:SS from 00:00 to 24:00';
  if (from === undefined || from === 86_400) throw refuse('TIME_INVALID', `${field}.opens`, wrong);
  if (to === undefined) throw refuse('TIME_INVALID', `${field}.closes`, wrong);
  if (to <= from) {
    throw refuse('HOURS_INVALID', field, 'must close after it opens; over midnight, end at 24:00 and go on next day');
  }
  return { from, to };
};

const mustNotOverlap = (field: string, hours: Hours[]): void => {
  const sorted = [...hours].sort((a, b) => a.from - b.from);
  for (let i = 1; i < sorted.length; i++) {
    if (sorted[i]!.from < sorted[i - 1]!.to) throw refuse('HOURS_OVERLAP', field, 'two intervals of a day overlap');
  }
};

const weeklyOf = (field: string, written: CalendarDraft['weekly']): WeeklyHours[] => {
  const hours = written.map((entry, i) => {
    if (!Number.isInteger(entry.day) || entry.day < 1 || entry.day > 7) {
      throw refuse('DAY_INVALID', `${field}[${i}].day`, 'expected a day of the week');
    }
    return { day: entry.day, ...hoursOf(`${field}[${i}]`, entry) };
  });
  for (let day = 1; day <= 7; day++)
    mustNotOverlap(
      field,
      hours.filter((entry) => entry.day === day),
    );
  return hours;
};

const dateOf = (field: string, date: string): string => {
  const day = parseDate(date);
  if (day === undefined || date < '1970-01-01' || date > '2199-12-31') {
    throw refuse('DATE_INVALID', field, 'expected a date YYYY-MM-DD of the years 1970 to 2199');
  }
  return date;
};

/** Checks a calendar and resolves it into plain dates and hours. Refuses one that is never open. */
export const calendarOf = (draft: CalendarDraft): CalendarSpec => {
  if (!isZone(draft.zone)) {
    throw refuse('TIME_ZONE_UNKNOWN', 'time_zone', 'expected a zone of the IANA database, for example Europe/Berlin');
  }
  const week = { weekly: weeklyOf('weekly_hours', draft.weekly), breaks: weeklyOf('breaks', draft.breaks) };
  const days = new Map<string, SpecialDay>();
  draft.special.forEach((day, i) => {
    const field = `special_days[${i}]`;
    const date = dateOf(`${field}.date`, day.date);
    if (days.has(date)) throw refuse('DATE_TWICE', `${field}.date`, 'is listed twice');
    if (day.likeDay && day.hours.length > 0) {
      throw refuse('HOURS_INVALID', field, 'has either hours or a day it is like, not both');
    }
    const own = day.hours.map((hours, n) => hoursOf(`${field}.hours[${n}]`, hours));
    mustNotOverlap(`${field}.hours`, own);
    days.set(date, { date, name: day.name, hours: day.likeDay ? hoursOfWeekday(week, day.likeDay) : own });
  });
  draft.holidays.forEach(({ date, name }, i) => {
    const day = dateOf(`holidays[${i}].date`, date);
    if (!days.has(day)) days.set(day, { date: day, name, hours: [] });
  });
  const spec: CalendarSpec = {
    zone: draft.zone,
    ...week,
    days: [...days.values()].sort((a, b) => (a.date < b.date ? -1 : 1)),
  };
  const { hoursOn } = openingsOf(spec);
  const open = [1, 2, 3, 4, 5, 6, 7].some((day) => hoursOfWeekday(spec, day).length > 0);
  if (!open && !spec.days.some(({ date }) => hoursOn(parseDate(date)!).length > 0)) {
    throw refuse('CALENDAR_NEVER_OPEN', 'weekly_hours', 'a calendar needs open time, or nothing would ever be due');
  }
  return spec;
};

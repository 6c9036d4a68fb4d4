import type { DayOfContacts } from './forecast';
import { localTime, weekdayOf } from './local-time';

/** Contacts that came in the interval beginning at a moment. */
export interface Arrivals {
  at: number;
  contacts: number;
}

/** Contacts that ended in the interval beginning at a moment, and their handle times together. */
export interface Handled {
  at: number;
  n: number;
  seconds: number;
}

/** Puts counted intervals into local days from `from` to `to` (instants); days without any contact count as days on which nobody came. */
export const daysOf = (
  arrivals: Iterable<Arrivals>,
  zone: string,
  intervalMs: number,
  from: number,
  to: number,
  closed: ReadonlySet<number>,
): DayOfContacts[] => {
  const minutes = intervalMs / 60_000;
  const days = new Map<number, DayOfContacts>();
  const first = localTime(zone, from).day;
  const last = localTime(zone, to - 1).day;
  for (let day = first; day <= last; day++) {
    if (closed.has(day)) continue;
    days.set(day, { day, weekday: weekdayOf(day), contacts: new Array<number>(1440 / minutes).fill(0) });
  }
  for (const { at, contacts } of arrivals) {
    const { day, minute } = localTime(zone, at);
    const one = days.get(day);
    if (one) one.contacts[Math.floor(minute / minutes)]! += contacts;
  }
  return [...days.values()];
};

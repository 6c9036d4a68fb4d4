import { instantOf, wallClockAt } from '@throughline/core';

const DAY = 86_400_000;
const MINUTE = 60_000;

/** Day of the week of a day since 1970-01-01, 0 = Sunday. */
export const weekdayOf = (day: number): number => (((day + 4) % 7) + 7) % 7;

/** What calendar and clock show in a zone: days since 1970-01-01, 0 = Sunday, minutes since midnight. */
export const localTime = (zone: string, at: number): { day: number; weekday: number; minute: number } => {
  const wall = wallClockAt(zone, at);
  const day = Math.floor(wall / DAY);
  return { day, weekday: weekdayOf(day), minute: Math.floor((wall - day * DAY) / MINUTE) };
};

/** The first instant of a local day. */
export const startOfDay = (zone: string, day: number): number => instantOf(zone, day * DAY);

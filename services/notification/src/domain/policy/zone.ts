import { wallClockAt } from '@throughline/core';

const MINUTE = 60_000;
const DAY_MINUTES = 1_440;

/** Minutes since local midnight that a clock in the zone shows. */
export const minuteOfDay = (zone: string, at: number): number => {
  const minute = Math.floor(wallClockAt(zone, at) / MINUTE) % DAY_MINUTES;
  return minute < 0 ? minute + DAY_MINUTES : minute;
};

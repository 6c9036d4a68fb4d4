import { invalidField, isZone } from '@throughline/core';
import type { ForecastQuery } from '../../use-cases/forecasts';
import { notForRanking } from './ranking';

const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;

interface Asked {
  queueId: string;
  timeZone: string;
  intervalMinutes: number;
  closedDates: string[];
  groupBy: string;
}

/** A date as days since 1970-01-01. */
export const dayOf = (field: string, date: string): number => {
  const at = Date.parse(`${date}T00:00:00Z`);
  if (Number.isNaN(at) || new Date(at).toISOString().slice(0, 10) !== date) {
    throw invalidField(field, 'date', `${date} is not a day of the calendar`);
  }
  return at / DAY_MS;
};

/** What both forecast calls ask for. */
export const forecastQuery = (request: Asked, tenantId: string): ForecastQuery => {
  if (request.groupBy === 'agent') {
    throw notForRanking(
      'volumes, handle time and occupancy are for planning; agents are judged by resolution and quality',
    );
  }
  const zone = request.timeZone || 'UTC';
  if (!isZone(zone)) throw invalidField('time_zone', 'known', `${zone} is no zone of the IANA database`);
  const closed = new Set(request.closedDates.map((date, i) => dayOf(`closed_dates[${i}]`, date)));
  const intervalMs = (request.intervalMinutes || 30) * MINUTE_MS;
  return { tenantId, queueId: request.queueId, zone, intervalMs, closed };
};

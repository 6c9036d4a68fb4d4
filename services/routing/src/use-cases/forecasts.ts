import { Refusal } from '@throughline/core';
import type { Backtest, Days } from '../domain/forecast';
import {
  backtest,
  daysByNumber,
  dispersionAt,
  forecastDay,
  HISTORY_DAYS,
  intervalOf,
  LEAST_WEEKS,
  levelAt,
} from '../domain/forecast';
import { localTime, startOfDay } from '../domain/local-time';
import type { Handled } from '../domain/plan-days';
import { daysOf } from '../domain/plan-days';
import type { ForecastInterval } from '../domain/staff-forecast';
import { createPasts } from './pasts';
import type { Reads } from './ports';

/** Days of which the accuracy that stands beside a forecast is taken. */
const JUDGED_DAYS = 14;
/** A forecast for later is judged like one so many days ahead. */
const MOST_AHEAD = 14;

export interface ForecastQuery {
  tenantId: string;
  queueId: string;
  zone: string;
  intervalMs: number;
  /** Local days without service: no history, nothing expected. */
  closed: ReadonlySet<number>;
}

export interface Forecast {
  intervals: ForecastInterval[];
  historyDays: number;
  level: number;
  dispersion: number;
  accuracy: Backtest;
  /** Days before each day that the accuracy is of. */
  ahead: number;
  handle: { seconds: number; n: number };
}

const tooShort = (days: number): Refusal =>
  new Refusal(
    'precondition',
    'HISTORY_TOO_SHORT',
    `a forecast needs ${LEAST_WEEKS} earlier days of the same weekday; ${days} days are known`,
    { metadata: { history_days: String(days), least_weeks: String(LEAST_WEEKS) } },
  );

const meanOf = (handled: readonly Handled[]): Forecast['handle'] => {
  const n = handled.reduce((sum, one) => sum + one.n, 0);
  return { n, seconds: n > 0 ? handled.reduce((sum, one) => sum + one.seconds, 0) / n : 0 };
};

/** Forecasts from what came: days that are over are read once, the rest when asked. */
export const createForecasts = (reads: Pick<Reads, 'arrivalsOf' | 'handledOf'>, now: () => number) => {
  const arrivalsOf = createPasts((...of) => reads.arrivalsOf(...of), now);
  const handledOf = createPasts((...of) => reads.handledOf(...of), now);
  const history = async (query: ForecastQuery, before: number): Promise<Days> => {
    const { tenantId, queueId, zone, intervalMs, closed } = query;
    const from = startOfDay(zone, before - HISTORY_DAYS);
    const to = startOfDay(zone, before);
    const arrivals = await arrivalsOf(tenantId, queueId, from, to);
    // Days before the first contact are no days on which nobody came: the queue was not there yet.
    const first = arrivals.reduce((least, { at }) => Math.min(least, at), to);
    return daysByNumber(first < to ? daysOf(arrivals, zone, intervalMs, first, to, closed) : []);
  };
  const today = (zone: string): number => localTime(zone, now()).day;
  const intervalsOf = (query: ForecastQuery, days: Days, day: number, origin: number): ForecastInterval[] => {
    const { zone, intervalMs, closed } = query;
    const said: number[] | undefined = closed.has(day) ? [] : forecastDay(days, day, origin);
    if (!said) throw tooShort(days.size);
    const dispersion = dispersionAt(days, origin, Math.min(MOST_AHEAD, day - origin + 1));
    const end = startOfDay(zone, day + 1);
    const found: ForecastInterval[] = [];
    for (let from = startOfDay(zone, day); from < end; from += intervalMs) {
      const slot = Math.floor((localTime(zone, from).minute * 60_000) / intervalMs);
      found.push({ from, to: Math.min(end, from + intervalMs), ...intervalOf(said[slot] ?? 0, dispersion) });
    }
    return found;
  };
  return {
    today,
    /** What to expect of some days from `day` on. Only whole days that are over, and lie before, are looked at. */
    async forecast(query: ForecastQuery, day: number, count: number): Promise<Forecast> {
      const { tenantId, queueId, zone } = query;
      const origin = Math.min(day, today(zone));
      const [days, handled] = await Promise.all([
        history(query, origin),
        handledOf(tenantId, queueId, startOfDay(zone, origin - HISTORY_DAYS), startOfDay(zone, origin)),
      ]);
      if (days.size < LEAST_WEEKS * 7) throw tooShort(days.size);
      const ahead = Math.min(MOST_AHEAD, day - origin + 1);
      return {
        intervals: Array.from({ length: count }, (_none, i) => intervalsOf(query, days, day + i, origin)).flat(),
        historyDays: days.size,
        level: levelAt(days, origin),
        dispersion: dispersionAt(days, origin, ahead),
        accuracy: backtest(days, origin - JUDGED_DAYS, origin, ahead),
        ahead,
        handle: meanOf(handled),
      };
    },
    /** How forecasts made `ahead` days before came true on the last days that are over. */
    async accuracy(query: ForecastQuery, count: number, ahead: number): Promise<Backtest> {
      const origin = today(query.zone);
      return backtest(await history(query, origin), origin - count, origin, ahead);
    },
  };
};

export type Forecasts = ReturnType<typeof createForecasts>;

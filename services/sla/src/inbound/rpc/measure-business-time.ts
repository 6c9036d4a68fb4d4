import { Refusal } from '@throughline/core';
import { HORIZON_MS, measure } from '../../domain/calendar/openings';
import { wireSeconds } from '../../wire/words';
import type { Rpc } from './deps';
import { openTogether } from './deps';
import { instant } from './instants';

const MOST_WINDOWS = 100;

const firstOf = <T>(all: Iterable<T>, most: number): T[] => {
  const found: T[] = [];
  for (const one of all) if (found.push(one) >= most) break;
  return found;
};

/** Open time between two instants. */
export const measureBusinessTime: Rpc<'measureBusinessTime'> = (deps) => async (request, call) => {
  const from = instant('from', request.from);
  const to = instant('to', request.to);
  if (to - from > HORIZON_MS) {
    const description = 'the interval may be twenty years long';
    throw new Refusal('invalid', 'RANGE_TOO_LONG', `to: ${description}`, {
      violations: [{ field: 'to', rule: 'range_too_long', description }],
    });
  }
  const openings = await openTogether(deps, call.caller.tenantId, request.calendarId, request.alsoCalendarIds);
  const windows = firstOf(openings.segments(from, to), MOST_WINDOWS);
  return {
    openSeconds: wireSeconds(measure(openings, from, to)),
    windows: windows.map((window) => ({ from: new Date(window.from), to: new Date(window.to) })),
  };
};

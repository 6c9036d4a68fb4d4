import { invalidField, Refusal } from '@throughline/core';
import { addWorkingDays } from '../../domain/calendar/calendar';
import { add } from '../../domain/calendar/openings';
import { momentText } from '../../domain/clock/explain';
import type { Rpc } from './deps';
import { findCalendar, openTogether } from './deps';
import { instant } from './instants';

/** The instant at which so much open time, or so many working days, have passed. */
export const addBusinessTime: Rpc<'addBusinessTime'> = (deps) => async (request, call) => {
  const from = instant('from', request.from);
  const { tenantId } = call.caller;
  const { calendarId, length, alsoCalendarIds } = request;
  const { spec } = (await findCalendar(deps, tenantId, calendarId)).content;
  let at: number | undefined;
  if (length?.$case === 'workingDays') {
    if (alsoCalendarIds.length > 0) {
      throw invalidField('also_calendar_ids', 'not_with_working_days', 'days are those of one calendar');
    }
    at = addWorkingDays(spec, from, length.value);
  } else {
    const openings = await openTogether(deps, tenantId, calendarId, alsoCalendarIds);
    at = add(openings, from, (length?.value ?? 0) * 1000);
  }
  if (at !== undefined) return { at: new Date(at), local: momentText(at, spec.zone) };
  throw new Refusal('out_of_range', 'DUE_TOO_FAR', 'so much open time does not come within twenty years');
};

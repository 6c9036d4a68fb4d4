import { putCalendar } from '../../use-cases/keep-settings';
import { readCalendar, wireCalendar } from '../../wire/settings';
import type { Rpc } from './deps';
import { askedOf, idOf } from './deps';

/** Keeps a new calendar. */
export const createCalendar: Rpc<'createCalendar'> = (deps) => async (request, call) => {
  const asked = askedOf('CreateCalendar', request, call);
  const id = idOf(deps, request.calendarId, asked);
  return {
    calendar: wireCalendar(
      await putCalendar(deps)({ tenantId: call.caller.tenantId, id, asked }, readCalendar(request)),
    ),
  };
};

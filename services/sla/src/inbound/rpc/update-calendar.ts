import { putCalendar } from '../../use-cases/keep-settings';
import { readCalendar, wireCalendar } from '../../wire/settings';
import type { Rpc } from './deps';
import { askedOf } from './deps';

/** Replaces it by a new version. */
export const updateCalendar: Rpc<'updateCalendar'> = (deps) => async (request, call) => {
  const put = {
    tenantId: call.caller.tenantId,
    id: request.calendarId,
    expectedVersion: Number(request.expectedVersion),
    asked: askedOf('UpdateCalendar', request, call),
  };
  return { calendar: wireCalendar(await putCalendar(deps)(put, readCalendar(request))) };
};

import { archiveCalendar } from '../../use-cases/keep-settings';
import type { Rpc } from './deps';
import { askedOf } from './deps';

/** Takes a calendar out of use. */
export const deleteCalendar: Rpc<'deleteCalendar'> = (deps) => async (request, call) => {
  const asked = askedOf('DeleteCalendar', request, call);
  await archiveCalendar(deps)({ tenantId: call.caller.tenantId, id: request.calendarId, asked });
  return {};
};

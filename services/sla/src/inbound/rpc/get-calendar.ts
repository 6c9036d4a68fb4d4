import { wireCalendar } from '../../wire/settings';
import type { Rpc } from './deps';
import { findCalendar } from './deps';

/** A calendar in its latest version, or in the one that is named. */
export const getCalendar: Rpc<'getCalendar'> =
  (deps) =>
  async ({ calendarId, version }, call) => ({
    calendar: wireCalendar(await findCalendar(deps, call.caller.tenantId, calendarId, Number(version))),
  });

import { wireCalendar } from '../../wire/settings';
import type { Rpc } from './deps';
import { pageOf } from './paging';

/** Calendars in use, in the order of their ids. */
export const listCalendars: Rpc<'listCalendars'> =
  ({ calendars }) =>
  async (request, call) => {
    const all = await calendars.list(call.caller.tenantId);
    const { page, next } = pageOf(all, request);
    return { calendars: page.map(wireCalendar), nextPageToken: next };
  };

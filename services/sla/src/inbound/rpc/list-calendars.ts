import { wireCalendar } from '../../wire/settings';
import type { Rpc } from './deps';
import { pageOf } from './paging';

export const listCalendars: Rpc<'listCalendars'> =
  ({ calendars }) =>
  async (request, call) => {
    const all = await calendars.list(call.caller.tenantId);
    const { page, next } = pageOf(all, request);
    return { calendars: page.map(wireCalendar), nextPageToken: next };
  };

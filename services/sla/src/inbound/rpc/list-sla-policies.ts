import { wirePolicy } from '../../wire/settings';
import type { Rpc } from './deps';
import { pageOf } from './paging';

/** Policies in force, in the order in which they are tried. */
export const listSlaPolicies: Rpc<'listSlaPolicies'> =
  ({ policies }) =>
  async (request, call) => {
    const all = await policies.list(call.caller.tenantId);
    const tried = all.sort((a, b) => a.content.order - b.content.order || (a.id < b.id ? -1 : 1));
    const { page, next } = pageOf(tried, request);
    return { policies: page.map(wirePolicy), nextPageToken: next };
  };

import { wireTemplate } from '../../wire/template';
import type { Rpc } from './deps';
import { pageOf } from './paging';

/** Templates of the tenant in the order of their ids. */
export const listNotificationTemplates: Rpc<'listNotificationTemplates'> = (deps) => async (request, call) => {
  const { page, next } = pageOf(await deps.templates.list(call.caller.tenantId), request);
  return { templates: page.map(wireTemplate), nextPageToken: next };
};

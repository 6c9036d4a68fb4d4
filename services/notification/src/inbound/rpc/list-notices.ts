import { recipientText } from '../../domain/notice/notice';
import { wireNotice } from '../../wire/notice';
import type { Rpc } from './deps';
import { readPlace, writePlace } from './paging';

const DEFAULT_SIZE = 50;

/** An agent and its teams as recipients. */
export const recipientsOf = (request: { agentId: string; teamIds: string[] }): string[] => [
  recipientText({ agentId: request.agentId }),
  ...request.teamIds.map((teamId) => recipientText({ teamId })),
];

/** What an agent and its teams were told. */
export const listNotices: Rpc<'listNotices'> = (deps) => async (request, call) => {
  const size = request.pageSize || DEFAULT_SIZE;
  const before = readPlace(request.pageToken)?.id ?? '';
  const found = await deps.notices.before(call.caller.tenantId, recipientsOf(request), before, size + 1);
  const page = found.slice(0, size);
  const last = page.at(-1);
  return {
    notices: page.map(wireNotice),
    nextPageToken: found.length > size && last ? writePlace({ at: last.at, id: last.cursor }) : '',
  };
};

import { readPageToken, writePageToken } from '../../contract/page-token';
import { presentMessage } from '../../contract/present';
import { isHere } from '../../domain/conversation';
import type { Rpc } from './deps';
import { needed } from './deps';

/** Lists messages and notes in their order in the conversation. */
export const listMessages: Rpc<'listMessages'> = (deps) => async (request, call) => {
  const state = await needed(deps, call.caller.tenantId, request.conversationId);
  const { newestFirst } = request;
  const size = request.pageSize || 50;
  const start = readPageToken(request.pageToken)?.at ?? (newestFirst ? Number.MAX_SAFE_INTEGER : 0);
  const key = `${state.tenantId}/${state.id}`;
  const page = [];
  let from = start;
  // Messages that moved away leave gaps: read on until the page is full.
  for (;;) {
    const found = await deps.log.messagesOf(key, { from, limit: size + 1, newestFirst });
    page.push(...found.filter((message) => isHere(state, message)));
    const last = found.at(-1);
    if (page.length > size || found.length <= size || !last) break;
    from = newestFirst ? last.position - 1 : last.position + 1;
  }
  const next = page[size];
  return {
    messages: page.slice(0, size).map((message) => presentMessage(message, state)),
    nextPageToken: next ? writePageToken({ at: next.position, id: '' }) : '',
  };
};

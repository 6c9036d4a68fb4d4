import { stateOf } from '../../wire/enums';
import { showWork } from '../../wire/work';
import type { Rpc } from './deps';
import { pageSize, readToken, writeToken } from './page';

/** Work, latest arrival first. */
export const listWorkItems: Rpc<'listWorkItems'> = (deps) => async (request, call) => {
  const { queueId, agentId, conversationId } = request;
  const state = stateOf(request.state);
  const query = JSON.stringify([queueId, agentId, conversationId, state]);
  const token = readToken(request.pageToken, query);
  const most = pageSize(request.pageSize);
  const after = token && { at: Number(token[0]), id: String(token[1]) };
  const { tenantId } = call.caller;
  const found = await deps.reads.listWork({ tenantId, queueId, agentId, conversationId, state, after, most: most + 1 });
  const page = found.slice(0, most);
  const last = page.at(-1)?.item;
  return {
    workItems: page.map(showWork),
    nextPageToken: found.length > most && last ? writeToken([query, last.arrivedAt, last.id]) : '',
  };
};

import { fromState } from '../../contract/names';
import { presentConversation } from '../../contract/present';
import type { Rpc } from './deps';

/** Lists conversations, latest change first. */
export const listConversationsRpc: Rpc<'listConversations'> = (deps) => async (request, call) => {
  const { conversations, nextPageToken } = await deps.list({
    tenantId: call.caller.tenantId,
    states: request.states.map(fromState).filter(Boolean),
    customerId: request.customerId,
    assigneeId: request.assigneeId,
    queueId: request.queueId,
    issueId: request.issueId,
    tag: request.tag,
    text: request.text,
    channel: request.channel,
    updatedSince: request.updatedSince?.getTime() ?? 0,
    pageSize: request.pageSize || 20,
    pageToken: request.pageToken,
  });
  const customerOf = await deps.links.customersOf(conversations);
  return { conversations: conversations.map((state) => presentConversation(state, customerOf)), nextPageToken };
};

import { conversationV1 } from '@throughline/proto';
import type { Rpc } from './deps';
import { acting, changed } from './deps';

/** Links a conversation to an issue. */
export const linkConversation: Rpc<'linkConversation'> = (deps) => async (request, call) => {
  const by = acting('LinkConversation', request, call, conversationV1.LinkConversationRequest);
  await deps.issues.get(by.tenantId, request.issueId);
  const at = deps.commands.now();
  const { issueId } = request;
  const answer = await changed(deps, by, request.conversationId, { type: 'link_issue', at, actor: by.actor, issueId });
  await deps.issues.touch(by.tenantId, issueId, at);
  return answer;
};

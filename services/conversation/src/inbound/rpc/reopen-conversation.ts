import { conversationV1 } from '@throughline/proto';
import type { Rpc } from './deps';
import { acting, changed } from './deps';

/** Opens a pending, held or solved conversation again. */
export const reopenConversation: Rpc<'reopenConversation'> = (deps) => async (request, call) => {
  const by = acting('ReopenConversation', request, call, conversationV1.ReopenConversationRequest);
  return changed(deps, by, request.conversationId, {
    type: 'reopen',
    at: deps.commands.now(),
    actor: by.actor,
    reason: request.reason,
    policy: deps.settings.policy,
  });
};

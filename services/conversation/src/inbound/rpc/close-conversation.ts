import { conversationV1 } from '@throughline/proto';
import type { Rpc } from './deps';
import { acting, changed } from './deps';

/** Closes a solved conversation for good. */
export const closeConversation: Rpc<'closeConversation'> = (deps) => async (request, call) => {
  const by = acting('CloseConversation', request, call, conversationV1.CloseConversationRequest);
  return changed(deps, by, request.conversationId, {
    type: 'close',
    at: deps.commands.now(),
    actor: by.actor,
    reason: request.reason,
  });
};

import { conversationV1 } from '@throughline/proto';
import type { Rpc } from './deps';
import { acting, changed } from './deps';

/** Waits for a third party. */
export const holdConversation: Rpc<'holdConversation'> = (deps) => async (request, call) => {
  const by = acting('HoldConversation', request, call, conversationV1.HoldConversationRequest);
  return changed(deps, by, request.conversationId, {
    type: 'hold',
    at: deps.commands.now(),
    actor: by.actor,
    reason: request.reason,
  });
};

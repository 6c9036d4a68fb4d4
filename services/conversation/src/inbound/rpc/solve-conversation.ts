import { conversationV1 } from '@throughline/proto';
import type { Rpc } from './deps';
import { acting, changed } from './deps';

/** Marks it solved; it closes by itself after the tenant's window. */
export const solveConversation: Rpc<'solveConversation'> = (deps) => async (request, call) => {
  const by = acting('SolveConversation', request, call, conversationV1.SolveConversationRequest);
  return changed(deps, by, request.conversationId, {
    type: 'solve',
    at: deps.commands.now(),
    actor: by.actor,
    reason: request.reason,
    wrapUpCode: request.wrapUpCode,
    policy: deps.settings.policy,
  });
};

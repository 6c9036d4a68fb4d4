import { conversationV1 } from '@throughline/proto';
import type { Rpc } from './deps';
import { acting, changed } from './deps';

/** Passes the conversation on, with everything the next agent must know. */
export const transferConversation: Rpc<'transferConversation'> = (deps) => async (request, call) => {
  const by = acting('TransferConversation', request, call, conversationV1.TransferConversationRequest);
  return changed(deps, by, request.conversationId, {
    type: 'transfer',
    at: deps.commands.now(),
    actor: by.actor,
    toQueueId: request.queueId,
    toAgentId: request.agentId,
    reason: request.reason,
    handover: request.handover ?? { issue: '', tried: '', promised: '', nextStep: '' },
  });
};

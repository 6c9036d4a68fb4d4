import { conversationV1 } from '@throughline/proto';
import type { Rpc } from './deps';
import { acting, changed } from './deps';

/** Puts it aside until a time. */
export const snoozeConversation: Rpc<'snoozeConversation'> = (deps) => async (request, call) => {
  const by = acting('SnoozeConversation', request, call, conversationV1.SnoozeConversationRequest);
  return changed(deps, by, request.conversationId, {
    type: 'snooze',
    at: deps.commands.now(),
    actor: by.actor,
    until: request.until?.getTime() ?? 0,
    reason: request.reason,
  });
};

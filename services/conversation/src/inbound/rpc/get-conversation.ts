import type { Rpc } from './deps';
import { needed, presented } from './deps';

/** Reads one conversation, with every change so far. */
export const getConversation: Rpc<'getConversation'> = (deps) => async (request, call) => ({
  conversation: await presented(deps, await needed(deps, call.caller.tenantId, request.conversationId)),
});

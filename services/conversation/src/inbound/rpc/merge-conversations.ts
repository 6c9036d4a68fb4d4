import { conversationV1 } from '@throughline/proto';
import { mergeConversations as merge } from '../../use-cases/move-messages';
import type { Rpc } from './deps';
import { acting, presented } from './deps';

/** Merges a conversation into another one; its messages move there and later ones follow. */
export const mergeConversations: Rpc<'mergeConversations'> = (deps) => async (request, call) => {
  const by = acting('MergeConversations', request, call, conversationV1.MergeConversationsRequest);
  const reason = request.reason || 'merged';
  const state = await merge(request.conversationId, request.intoConversationId, reason, by, deps.commands);
  return { conversation: await presented(deps, state) };
};

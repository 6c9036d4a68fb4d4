import { idFrom } from '@throughline/core';
import { conversationV1 } from '@throughline/proto';
import { assertHere, moveMessages, openBeside } from '../../use-cases/move-messages';
import { answeredBefore } from '../../use-cases/run-command';
import type { Rpc } from './deps';
import { acting, needed, presented } from './deps';

/** Moves messages into a new conversation. */
export const splitConversation: Rpc<'splitConversation'> = (deps) => async (request, call) => {
  const by = acting('SplitConversation', request, call, conversationV1.SplitConversationRequest);
  const source = await needed(deps, by.tenantId, request.conversationId);
  const own = by.requestId || deps.commands.newId();
  const id = idFrom(source.createdAt, 'split', by.tenantId, source.id, own);
  if (answeredBefore(source, by) && source.moves.length === 0) {
    return { conversation: await presented(deps, await needed(deps, by.tenantId, id)) };
  }
  const pending = source.moves.some((move) => move.to === id);
  const messages = pending ? [] : await assertHere(source, request.messageIds, deps.commands);
  const subject = request.subject || source.subject;
  const { contactPoint, customerName } = source;
  await openBeside(source, id, { subject, contactPoint, customerName, reason: 'split' }, by, deps.commands);
  const state = await moveMessages(source.id, id, messages, request.reason || 'split', by, deps.commands);
  return { conversation: await presented(deps, state) };
};

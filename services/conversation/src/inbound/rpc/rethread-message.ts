import { idFrom } from '@throughline/core';
import { conversationV1 } from '@throughline/proto';
import { presentMessage } from '../../contract/present';
import { isHere } from '../../domain/conversation';
import { locate, moveMessages, openBeside } from '../../use-cases/move-messages';
import type { Rpc } from './deps';
import { acting, needed, presented } from './deps';

/** Moves one message to the conversation where a person says it belongs. */
export const rethreadMessage: Rpc<'rethreadMessage'> = (deps) => async (request, call) => {
  const by = acting('RethreadMessage', request, call, conversationV1.RethreadMessageRequest);
  const { state: source, message } = await locate(by.tenantId, request.messageId, deps.commands);
  const own = by.requestId || deps.commands.newId();
  const id = request.toConversationId || idFrom(message.at, 'rethread', by.tenantId, message.id, own);
  let target = source;
  if (source.id !== id) {
    if (request.toConversationId) {
      await needed(deps, by.tenantId, id);
    } else {
      const contactPoint = message.kind === 'INBOUND' ? message.author.id : source.contactPoint;
      const customerName = message.kind === 'INBOUND' ? message.author.name : source.customerName;
      const subject = message.subject || source.subject;
      await openBeside(source, id, { subject, contactPoint, customerName, reason: 'rethreaded' }, by, deps.commands);
    }
    target = await moveMessages(source.id, id, [message], 'rethreaded', by, deps.commands);
  }
  const all = await deps.log.messagesOf(`${by.tenantId}/${target.id}`, { from: 0, limit: 100_000, newestFirst: false });
  const moved = all.find((candidate) => candidate.id === message.id && isHere(target, candidate)) ?? message;
  return { conversation: await presented(deps, target), message: presentMessage(moved, target) };
};

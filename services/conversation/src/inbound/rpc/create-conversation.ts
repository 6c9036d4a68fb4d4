import { contactPointText, idFrom, parseContactPoint, Refusal } from '@throughline/core';
import { conversationV1 } from '@throughline/proto';
import { contactPointTypeName, fromPriority } from '../../contract/names';
import type { Open } from '../../domain/commands';
import type { Actor, Priority } from '../../domain/conversation';
import { exists } from '../../domain/conversation';
import { baseSubjectOf } from '../../domain/threading';
import { runCommand } from '../../use-cases/run-command';
import type { Rpc } from './deps';
import { acting, presented } from './deps';

const contactPointOf = (request: conversationV1.CreateConversationRequest): string => {
  const { contactPoint } = request;
  return contactPoint
    ? contactPointText(parseContactPoint(contactPointTypeName(contactPoint.type), contactPoint.value))
    : '';
};

const openCommand = (request: conversationV1.CreateConversationRequest, actor: Actor, at: number): Open => ({
  type: 'open',
  at,
  actor,
  channel: request.channel,
  contactPoint: contactPointOf(request),
  customerName: request.customerName,
  subject: request.subject,
  baseSubject: baseSubjectOf(request.subject),
  language: request.language,
  destination: request.destination,
  threadKey: '',
  priority: (fromPriority(request.priority) || 'NORMAL') as Priority,
  previousId: '',
  suggestedId: '',
  issueId: request.issueId,
  topic: request.topic,
  tags: [...new Set(request.tags)],
  attributes: request.attributes,
  reason: 'created',
  acknowledge: false,
});

/** Opens a conversation from our side. The same request id always means the same conversation. */
export const createConversation: Rpc<'createConversation'> = (deps) => async (request, call) => {
  const by = acting('CreateConversation', request, call, conversationV1.CreateConversationRequest);
  const now = deps.commands.now();
  if (request.issueId) await deps.issues.get(by.tenantId, request.issueId);
  const command = openCommand(request, by.actor, now);
  // Derived from the request id alone, so a repetition at any later time finds it.
  const made = by.requestId ? idFrom(0, 'created', by.tenantId, by.requestId) : idFrom(now, deps.commands.newId());
  const id = request.conversationId || made;
  const { state } = await runCommand(
    `${by.tenantId}/${id}`,
    by,
    (current) => {
      if (exists(current)) {
        throw new Refusal('already_exists', 'CONVERSATION_EXISTS', `conversation ${id} exists already`);
      }
      return { commands: [command], subjectId: id };
    },
    deps.commands,
  );
  return { conversation: await presented(deps, state) };
};

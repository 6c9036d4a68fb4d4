import { invalidField } from '@throughline/core';
import { conversationV1 } from '@throughline/proto';
import { fromPriority } from '../../contract/names';
import type { Priority } from '../../domain/conversation';
import type { Details } from '../../domain/events';
import type { Rpc } from './deps';
import { acting, changed } from './deps';

const fields: Record<string, keyof Details> = {
  subject: 'subject',
  language: 'language',
  topic: 'topic',
  priority: 'priority',
  tags: 'tags',
  attributes: 'attributes',
  assignee_id: 'assigneeId',
  assigneeId: 'assigneeId',
  queue_id: 'queueId',
  queueId: 'queueId',
};

const maskOf = (paths: readonly string[]): (keyof Details)[] => {
  if (paths.length === 0) throw invalidField('update_mask', 'required', 'name the fields to set');
  return paths.map((path) => {
    const field = fields[path];
    if (!field) throw invalidField('update_mask', 'known', `${path} is not a field that can be set`);
    return field;
  });
};

/** Sets the descriptive fields named in the mask. */
export const updateConversation: Rpc<'updateConversation'> = (deps) => async (request, call) => {
  const by = acting('UpdateConversation', request, call, conversationV1.UpdateConversationRequest);
  return changed(deps, by, request.conversationId, {
    type: 'update',
    at: deps.commands.now(),
    actor: by.actor,
    fields: maskOf(request.updateMask ?? []),
    details: {
      subject: request.subject,
      language: request.language,
      topic: request.topic,
      priority: (fromPriority(request.priority) || 'NORMAL') as Priority,
      tags: request.tags,
      attributes: request.attributes,
      assigneeId: request.assigneeId,
      queueId: request.queueId,
    },
  });
};

import { Refusal } from '@throughline/core';
import type { ConfirmMove, LinkIssue, Merge, MoveIn, MoveOut, Update } from './commands';
import type { Conversation } from './conversation';
import type { ConversationEvent, Details } from './events';
import type { Decision } from './transitions';
import { moveTo } from './transitions';

const sameRecord = (a: Record<string, string>, b: Record<string, string>): boolean => {
  const names = Object.keys(a);
  return names.length === Object.keys(b).length && names.every((name) => a[name] === b[name]);
};

const same = (field: keyof Details, state: Conversation, details: Details): boolean => {
  if (field === 'attributes') return sameRecord(state.attributes, details.attributes);
  if (field === 'tags') return state.tags.join('\n') === details.tags.join('\n');
  return state[field] === details[field];
};

/** From one agent to another there is a handover, whoever asks. */
const reassigned = ({ assigneeId }: Conversation): Refusal => {
  const description = `${assigneeId} has it: pass it on with TransferConversation and a handover`;
  const violations = [{ field: 'assignee_id', rule: 'handover', description }];
  return new Refusal('precondition', 'HANDOVER_INCOMPLETE', `assignee_id: ${description}`, { violations });
};

/** Sets descriptive fields; an assigned conversation is no longer new. */
export const update = (state: Conversation, command: Update): Decision => {
  const details = { ...command.details, tags: [...new Set(command.details.tags)] };
  const changed = command.fields.filter((field) => !same(field, state, details));
  if (changed.length === 0) return [];
  if (changed.includes('assigneeId') && details.assigneeId !== '' && state.assigneeId !== '') return reassigned(state);
  const { at, actor } = command;
  const events: ConversationEvent[] = [{ type: 'details_changed', at, actor, changed, details }];
  if (changed.includes('assigneeId') && details.assigneeId !== '' && state.state === 'NEW') {
    events.push(moveTo('NEW', 'OPEN', { at, actor, reason: 'assigned' }));
  }
  return events;
};

export const linkIssue = (state: Conversation, command: LinkIssue): Decision => {
  if (state.issueId === command.issueId) return [];
  const { at, actor, issueId } = command;
  return [{ type: 'issue_linked', at, actor, issueId, previousIssueId: state.issueId }];
};

/** Ends here in favour of another conversation. What was promised to move stays on the list until it has arrived. */
export const merge = (state: Conversation, command: Merge): Decision => {
  const { at, actor, reason, into, messageIds } = command;
  if (into === state.id) {
    const violations = [
      { field: 'into_conversation_id', rule: 'different', description: 'must be another conversation' },
    ];
    return new Refusal('invalid', 'INVALID_ARGUMENT', 'a conversation cannot be merged into itself', { violations });
  }
  const events: ConversationEvent[] = [{ type: 'merged', at, actor, into, reason }];
  events.push({
    type: 'moved_out',
    at,
    actor,
    move: { number: state.sequence, to: into, messageIds, claims: [], merge: true, actor, reason },
  });
  if (state.state !== 'CLOSED') events.push(moveTo(state.state, 'CLOSED', { at, actor, reason: 'merged' }));
  return events;
};

export const moveOut = (state: Conversation, command: MoveOut): Decision => {
  const { at, actor, reason, to } = command;
  const messageIds = command.messageIds.filter((id) => state.moved[id] === undefined);
  if (messageIds.length === 0) return [];
  return [
    {
      type: 'moved_out',
      at,
      actor,
      move: { number: state.sequence, to, messageIds, claims: command.claims, merge: false, actor, reason },
    },
  ];
};

export const moveIn = (state: Conversation, command: MoveIn): Decision => {
  const { at, actor, from, claims, reason } = command;
  const messages = command.messages.map((message, index) => ({ ...message, position: state.messageCount + 1 + index }));
  return messages.length === 0 ? [] : [{ type: 'moved_in', at, actor, from, messages, claims, reason }];
};

export const confirmMove = (state: Conversation, command: ConfirmMove): Decision =>
  state.moves.some((move) => move.to === command.to)
    ? [{ type: 'move_confirmed', at: command.at, actor: command.actor, to: command.to }]
    : [];

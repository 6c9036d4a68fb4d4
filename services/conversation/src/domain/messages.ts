import { Refusal } from '@throughline/core';
import type {
  Acknowledge,
  AddNote,
  EndThread,
  Identify,
  Open,
  ProgressCall,
  Receive,
  ReportDelivery,
  SaveDraft,
  Send,
} from './commands';
import type { Conversation, Message } from './conversation';
import { exists } from './conversation';
import { outranks } from './delivery';
import type { ConversationEvent } from './events';
import type { Decision } from './transitions';
import { moveTo, solve } from './transitions';

const placed = (state: Conversation, message: Message): Message => ({ ...message, position: state.messageCount + 1 });

export const open = (state: Conversation, command: Open): Decision => {
  if (exists(state)) return [];
  const { type: _type, ...fields } = command;
  return [{ type: 'opened', ...fields }];
};

/** Customer writes: wakes, reopens, and never throws anything away. */
export const receive = (state: Conversation, command: Receive): Decision => {
  const { at, actor } = command;
  const events: ConversationEvent[] = [
    { type: 'message_received', at, actor, message: placed(state, command.message) },
  ];
  if (command.message.messageClass !== 'NORMAL') return events;
  const step = { at, actor, reason: 'customer_replied' };
  if (state.state === 'SOLVED' && command.thanks) return events;
  if (state.snoozedUntil > 0) events.push({ type: 'woken', ...step });
  if (state.state === 'PENDING' || state.state === 'ON_HOLD' || state.state === 'SOLVED') {
    events.push(moveTo(state.state, 'OPEN', step));
  }
  return events;
};

export const progressCall = (state: Conversation, command: ProgressCall): Decision => {
  const { type: _type, ...step } = command;
  // A late step of a call that has ended is told, but the call stays ended.
  const callState = state.callState === 'ENDED' ? 'ENDED' : command.state || state.callState || 'RINGING';
  const events: ConversationEvent[] = [{ type: 'call_progressed', ...step, state: callState }];
  const answered = command.step === 'answered' && (state.state === 'NEW' || state.state === 'PENDING');
  if (answered)
    events.push(moveTo(state.state, 'OPEN', { at: command.at, actor: command.actor, reason: 'call_answered' }));
  return events;
};

export const identify = (state: Conversation, command: Identify): Decision => {
  const fresh = command.verified.filter(
    (point) => point.contactPoint !== state.contactPoint && !state.verified.includes(point.contactPoint),
  );
  if (fresh.length === 0) return [];
  const { at, actor, displayName } = command;
  return [{ type: 'contact_identified', at, actor, contactPoint: state.contactPoint, verified: fresh, displayName }];
};

export const reportDelivery = (state: Conversation, command: ReportDelivery): Decision => {
  const known = state.deliveries.find((entry) => entry.id === command.messageId);
  if (!known || !outranks(command.state, known.state)) return [];
  const { type: _type, ...fields } = command;
  return [{ type: 'delivery_changed', ...fields }];
};

export const endThread = (state: Conversation, command: EndThread): Decision =>
  state.threadEnded ? [] : [{ type: 'thread_ended', at: command.at, actor: command.actor, reason: command.reason }];

const closed = (): Refusal =>
  new Refusal('precondition', 'CONVERSATION_CLOSED', 'the conversation is closed: start a new one');

export const send = (state: Conversation, command: Send): Decision => {
  const { at, actor } = command;
  if (state.state === 'CLOSED') return closed();
  if (state.contactPoint === '') {
    return new Refusal(
      'precondition',
      'CHANNEL_CANNOT_SEND',
      'the customer is anonymous: there is no address to send to',
    );
  }
  const events: ConversationEvent[] = [
    { type: 'message_sent', at, actor, message: placed(state, command.message), mail: command.mail },
  ];
  const step = { at, actor, reason: 'agent_replied' };
  const target = command.thenState || 'PENDING';
  if (target === 'SOLVED') {
    const solved = solve(state, { ...step, wrapUpCode: command.wrapUpCode, policy: command.policy });
    return solved instanceof Refusal ? solved : [...events, ...solved];
  }
  if (state.snoozedUntil > 0) events.push({ type: 'woken', ...step });
  if (state.state !== target) events.push(moveTo(state.state, target, step));
  return events;
};

/** Says that the message arrived. It is no reply: no state moves, and it happens at most once. */
export const acknowledge = (state: Conversation, command: Acknowledge): Decision => {
  if (!state.acknowledge) return [];
  const { at, actor } = command;
  const settled: ConversationEvent = { type: 'acknowledgement_settled', at, actor, outcome: command.outcome };
  if (!command.message || state.state === 'CLOSED') return [settled];
  return [{ type: 'message_sent', at, actor, message: placed(state, command.message), mail: command.mail }, settled];
};

export const addNote = (state: Conversation, command: AddNote): Decision => [
  { type: 'note_added', at: command.at, actor: command.actor, message: placed(state, command.message) },
];

export const saveDraft = (state: Conversation, command: SaveDraft): Decision => {
  if (state.state === 'CLOSED') return closed();
  if (command.baseRevision !== state.draftRevision) {
    return new Refusal('conflict', 'DRAFT_CHANGED', 'somebody saved the draft in between: read it and save again', {
      metadata: { revision: String(state.draftRevision) },
    });
  }
  const { at, actor } = command;
  return [
    {
      type: 'draft_saved',
      at,
      actor,
      draft: { text: command.text, author: actor, at, revision: state.draftRevision + 1 },
    },
  ];
};

import { appended, included } from './bounded';
import type { Conversation, Message } from './conversation';
import type { ConversationEvent, DetailsChanged, Opened, StateChanged } from './events';
import { isPublic } from './events';
import { withPromise } from './service-level';

const limits = { participants: 200, mailIds: 50, deliveries: 500, asked: 32, verified: 50 };

const opened = (state: Conversation, event: Opened): void => {
  state.channel = event.channel;
  state.contactPoint = event.contactPoint;
  state.customerName = event.customerName;
  state.subject = event.subject;
  state.baseSubject = event.baseSubject;
  state.language = event.language;
  state.destination = event.destination;
  state.threadKey = event.threadKey;
  state.priority = event.priority;
  state.suggestedId = event.suggestedId;
  state.issueId = event.issueId;
  state.topic = event.topic;
  state.tags = event.tags;
  state.attributes = event.attributes;
  state.acknowledge = event.acknowledge;
  state.createdAt = event.at;
  state.participants = event.contactPoint ? [event.contactPoint] : [];
};

const message = (state: Conversation, item: Message): void => {
  state.messageCount += 1;
  state.mailIds = included(state.mailIds, item.mailId, limits.mailIds);
  if (item.kind === 'INBOUND' && item.messageClass === 'NORMAL') {
    state.participants = included(state.participants, item.author.id, limits.participants);
  }
  if (item.kind === 'OUTBOUND') {
    state.deliveries = appended(state.deliveries, { id: item.id, state: 'QUEUED', detail: '' }, limits.deliveries);
    state.draft = undefined;
  }
};

const stateChanged = (state: Conversation, event: StateChanged): void => {
  state.state = event.to;
  state.closeDueAt = event.to === 'SOLVED' ? event.closeDueAt : 0;
  if (event.to === 'SOLVED') state.solvedAt = event.at;
  if (event.to === 'CLOSED') state.closedAt = event.at;
  if (event.to === 'SOLVED' || event.to === 'CLOSED') state.snoozedUntil = 0;
  if (event.to === 'CLOSED') state.draft = undefined;
  if (event.wrapUpCode) state.wrapUpCode = event.wrapUpCode;
  if (event.from === 'SOLVED' && event.to === 'OPEN') state.reopenCount += 1;
};

const details = (state: Conversation, event: DetailsChanged): void => {
  const target = state as unknown as Record<string, unknown>;
  for (const field of event.changed) target[field] = event.details[field];
};

const movedOut = (state: Conversation, to: string, messageIds: string[]): void => {
  state.moved = { ...state.moved };
  for (const id of messageIds) state.moved[id] = to;
};

const movedIn = (state: Conversation, item: Message): void => {
  message(state, item);
  if (state.moved[item.id] === undefined) return;
  const { [item.id]: _left, ...moved } = state.moved;
  state.moved = moved;
  state.returned = { ...state.returned, [item.id]: item.position };
};

const apply = (state: Conversation, event: ConversationEvent): void => {
  switch (event.type) {
    case 'opened':
      opened(state, event);
      return;
    case 'message_received':
    case 'message_sent':
    case 'note_added':
      message(state, event.message);
      return;
    case 'delivery_changed':
      state.deliveries = state.deliveries.map((entry) =>
        entry.id === event.messageId ? { id: entry.id, state: event.state, detail: event.detail || event.code } : entry,
      );
      return;
    case 'state_changed':
      stateChanged(state, event);
      return;
    case 'snoozed':
      state.snoozedUntil = event.until;
      return;
    case 'woken':
      state.snoozedUntil = 0;
      return;
    case 'details_changed':
      details(state, event);
      return;
    case 'merged':
      state.mergedIntoId = event.into;
      return;
    case 'moved_in':
      for (const item of event.messages) movedIn(state, item);
      state.moved = Object.fromEntries(Object.entries(state.moved).filter(([name]) => !event.claims.includes(name)));
      return;
    case 'moved_out':
      movedOut(state, event.move.to, [...event.move.messageIds, ...event.move.claims]);
      state.moves = [...state.moves, event.move];
      return;
    case 'move_confirmed':
      state.moves = state.moves.filter((move) => move.to !== event.to);
      return;
    case 'issue_linked':
      state.issueId = event.issueId;
      return;
    case 'contact_identified':
      for (const point of event.verified)
        state.verified = included(state.verified, point.contactPoint, limits.verified);
      return;
    case 'call_progressed':
      state.callState = event.state;
      return;
    case 'draft_saved':
      state.draft = event.draft.text ? event.draft : undefined;
      state.draftRevision = event.draft.revision;
      return;
    case 'request_answered':
      state.asked = appended(
        state.asked,
        { id: event.id, fingerprint: event.fingerprint, subjectId: event.subjectId },
        limits.asked,
      );
      return;
    case 'acknowledgement_settled':
      state.acknowledge = false;
      return;
    case 'thread_ended':
      state.threadEnded = true;
      return;
    case 'transferred':
      state.handover = event.handover;
      return;
    case 'routed':
      state.routed = { workItemId: event.workItemId, sequence: event.sequence, at: event.at };
      return;
    case 'escalation_followed':
      state.clocksSeen = event.sequence;
      return;
    case 'promise_followed':
      state.promises = withPromise(state.promises, event.promise);
      return;
  }
};

/** The state after the event. The given state is not touched. */
export const evolve = (state: Conversation, event: ConversationEvent): Conversation => evolveAll(state, [event]);

/** The state after several events recorded at one time; one copy for all of them. */
export const evolveAll = (state: Conversation, events: readonly ConversationEvent[], recordedAt = 0): Conversation => {
  const next = { ...state };
  advance(next, events, recordedAt);
  return next;
};

/** Like `evolveAll` on a state that the caller owns: the given object itself moves on. */
export const advance = (next: Conversation, events: readonly ConversationEvent[], recordedAt = 0): void => {
  for (const event of events) {
    apply(next, event);
    if (isPublic(event)) {
      next.sequence += 1;
      // Late facts do not turn the clock back, and who asks for "updated since" must see them: recording time counts.
      next.updatedAt = Math.max(next.updatedAt, event.at, recordedAt);
    }
  }
};

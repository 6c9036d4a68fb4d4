import type { IncomingEvent } from '@throughline/bus';
import type { commonV1 } from '@throughline/proto';
import { conversationV1 as v1 } from '@throughline/proto';
import type { ConversationFacts } from '../../domain/clock/clock';
import type { ClockCommand } from '../../domain/clock/events';
import type { SentReply } from '../../use-cases/propose-promises';
import { conversationStateOf, priorityOf } from '../../wire/words';

const isCustomer = (actor: commonV1.Actor | undefined): boolean => actor?.kind === 'ACTOR_KIND_CUSTOMER';
const isPerson = (actor: commonV1.Actor | undefined): boolean =>
  actor?.kind === 'ACTOR_KIND_AGENT' || actor?.kind === 'ACTOR_KIND_INTEGRATION';

type Reader = (data: Uint8Array, at: number, event: IncomingEvent) => ClockCommand[];

const opened: Reader = (data, at, event) => {
  const told = v1.ConversationOpened.decode(data);
  const facts: ConversationFacts = {
    channel: told.channel,
    priority: priorityOf(told.priority) || 'normal',
    topic: told.topic,
    language: told.language,
    tags: told.tags,
    attributes: told.attributes,
    queueId: '',
    assigneeId: '',
    destination: told.destination,
  };
  // What was split off holds what a customer wrote, whoever split it.
  const byCustomer = isCustomer(told.actor) || told.previousConversationId !== '';
  return [{ type: 'open', at, facts, contactPoint: event.contactPoint ?? '', issueId: told.issueId, byCustomer }];
};

const changed: Reader = (data, at) => {
  const told = v1.ConversationDetailsChanged.decode(data);
  const values: Record<string, Partial<ConversationFacts>> = {
    priority: { priority: priorityOf(told.priority) || 'normal' },
    topic: { topic: told.topic },
    language: { language: told.language },
    tags: { tags: told.tags },
    attributes: { attributes: told.attributes },
    queue_id: { queueId: told.queueId },
    assignee_id: { assigneeId: told.assigneeId },
  };
  const facts = Object.assign({}, ...told.changedFields.map((name) => values[name] ?? {}));
  return Object.keys(facts).length > 0 ? [{ type: 'factsChanged', at, facts }] : [];
};

const call: Reader = (data, at) => {
  const { step } = v1.CallProgressed.decode(data);
  if (step === 'queued') return [{ type: 'callQueued', at }];
  if (step === 'answered') return [{ type: 'callAnswered', at }];
  return step === 'ended' ? [{ type: 'callEnded', at }] : [];
};

const readers: Record<string, Reader> = {
  ConversationOpened: opened,
  ConversationDetailsChanged: changed,
  CallProgressed: call,
  MessageReceived: (_, at) => [{ type: 'customerWrote', at }],
  MessageSent(data, at) {
    const { automatic, author } = v1.MessageSent.decode(data);
    return automatic || !isPerson(author) ? [] : [{ type: 'weReplied', at }];
  },
  ConversationStateChanged(data, at) {
    const to = conversationStateOf(v1.ConversationStateChanged.decode(data).to);
    return [{ type: 'stateChanged', at, to }];
  },
  ConversationMerged(data, at) {
    return [{ type: 'merged', at, into: v1.ConversationMerged.decode(data).intoConversationId }];
  },
  IssueLinked: (data, at) => [{ type: 'issueLinked', at, issueId: v1.IssueLinked.decode(data).issueId }],
};

const PREFIX = 'throughline.conversation.v1.';

/** The reply of a person, when the event is one. */
export const readReply = (event: IncomingEvent): SentReply[] => {
  if (event.type !== `${PREFIX}MessageSent`) return [];
  const { automatic, author, messageId, conversationId, text } = v1.MessageSent.decode(event.data);
  if (automatic || !isPerson(author)) return [];
  const { tenantId } = event;
  return [{ tenantId, conversationId, messageId, authorId: author?.id ?? '', text, at: event.time.getTime() }];
};

/** What an event means for clocks; nothing for most. */
export const readConversationEvent = (event: IncomingEvent): ClockCommand[] => {
  const reader = event.type.startsWith(PREFIX) ? readers[event.type.slice(PREFIX.length)] : undefined;
  return reader ? reader(event.data, event.time.getTime(), event) : [];
};

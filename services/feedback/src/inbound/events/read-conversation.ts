import type { IncomingEvent } from '@throughline/bus';
import { customerIdFor } from '@throughline/core';
import type { commonV1 } from '@throughline/proto';
import { conversationV1 as v1 } from '@throughline/proto';
import type { DocketStep } from '../../domain/ask/docket';
import type { PersonCommand } from '../../domain/ask/person';
import { leavingWords } from '../../domain/ask/risk-words';
import type { JourneyFacts } from '../../domain/survey/survey';
import { conversationStateOf, priorityOf } from '../../wire/words';

/** What an event of a conversation means for asking. */
export interface ReadEvent {
  steps: DocketStep[];
  facts: PersonCommand[];
}

const none: ReadEvent = { steps: [], facts: [] };
const step = (...steps: DocketStep[]): ReadEvent => ({ steps, facts: [] });
const isAgent = (actor: commonV1.Actor | undefined): boolean => actor?.kind === 'ACTOR_KIND_AGENT';
const isOver = (state: string): boolean => state === 'solved' || state === 'closed';

type Reader = (data: Uint8Array, at: number, event: IncomingEvent) => ReadEvent;

const LEAVING_MS = 14 * 86_400_000;

// Said again in the same conversation it is the same risk.
const received: Reader = (data, at) => {
  const { author, text, conversationId, messageClass } = v1.MessageReceived.decode(data);
  const byPerson = messageClass === 'MESSAGE_CLASS_NORMAL' || messageClass === 'MESSAGE_CLASS_UNSPECIFIED';
  const written = author?.kind === 'ACTOR_KIND_CUSTOMER' && byPerson;
  if (!written || leavingWords(text, '') === '') return none;
  const risk = { reason: 'CANCELLATION_WORDS', ref: `words/${conversationId}`, until: at + LEAVING_MS };
  return { steps: [], facts: [{ type: 'risk', risk, at }] };
};

const opened: Reader = (data, at, event) => {
  const told = v1.ConversationOpened.decode(data);
  const facts: JourneyFacts = {
    channel: told.channel,
    priority: priorityOf(told.priority) || 'normal',
    topic: told.topic,
    language: told.language,
    tags: told.tags,
    attributes: told.attributes,
    queueId: '',
    agentId: '',
  };
  const { issueId, customerName, threadKey } = told;
  const contactPoint = event.contactPoint ?? '';
  return {
    steps: [{ type: 'opened', at, contactPoint, customerName, facts, issueId, thread: threadKey || undefined }],
    facts: [{ type: 'began', id: told.conversationId, issueId, topic: told.topic, at }],
  };
};

const changed: Reader = (data, at) => {
  const told = v1.ConversationDetailsChanged.decode(data);
  const values: Record<string, Partial<JourneyFacts>> = {
    priority: { priority: priorityOf(told.priority) || 'normal' },
    topic: { topic: told.topic },
    language: { language: told.language },
    tags: { tags: told.tags },
    attributes: { attributes: told.attributes },
    queue_id: { queueId: told.queueId },
    // Who is taken off again keeps the conversation as theirs: they answered it.
    assignee_id: told.assigneeId ? { agentId: told.assigneeId } : {},
  };
  const facts = Object.assign({}, ...told.changedFields.map((name) => values[name] ?? {}));
  return Object.keys(facts).length > 0 ? step({ type: 'factsChanged', at, facts }) : none;
};

const stateChanged: Reader = (data, at) => {
  const told = v1.ConversationStateChanged.decode(data);
  const [from, to] = [conversationStateOf(told.from), conversationStateOf(told.to)];
  if (isOver(to)) return isOver(from) ? none : step({ type: 'ended', at });
  return isOver(from) ? step({ type: 'resumed', at }) : none;
};

const call: Reader = (data, at) => {
  const told = v1.CallProgressed.decode(data);
  if (told.step === 'keys_pressed') return step({ type: 'keysPressed', at, digits: told.detail });
  if (told.step === 'answered') return step({ type: 'callAnswered', at, agentId: told.answeredBy });
  return told.step === 'ended' ? step({ type: 'callEnded', at }) : none;
};

const readers: Record<string, Reader> = {
  ConversationOpened: opened,
  MessageReceived: received,
  ConversationDetailsChanged: changed,
  ConversationStateChanged: stateChanged,
  CallProgressed: call,
  ConversationMerged: (_, at) => step({ type: 'merged', at }),
  MessageSent(data, at) {
    const { automatic, author, messageId } = v1.MessageSent.decode(data);
    // What nobody asked for counts towards the contacts of a customer; replies do not.
    if (automatic) return { steps: [], facts: [{ type: 'contacted', id: `message/${messageId}`, at }] };
    return isAgent(author) && author!.id ? step({ type: 'factsChanged', at, facts: { agentId: author!.id } }) : none;
  },
  IssueLinked(data, at) {
    const { conversationId, issueId } = v1.IssueLinked.decode(data);
    return {
      steps: [{ type: 'issueLinked', at, issueId }],
      facts: [{ type: 'began', id: conversationId, issueId, topic: '', at }],
    };
  },
};

const PREFIX = 'throughline.conversation.v1.';

/** Reads an event of a conversation; most mean nothing here. */
export const readConversationEvent = (event: IncomingEvent): ReadEvent => {
  const reader = event.type.startsWith(PREFIX) ? readers[event.type.slice(PREFIX.length)] : undefined;
  return reader ? reader(event.data, event.time.getTime(), event) : none;
};

/** The person behind an address, as long as nobody says otherwise. */
export const personOf = (tenantId: string, contactPoint: string): string => customerIdFor(tenantId, contactPoint);

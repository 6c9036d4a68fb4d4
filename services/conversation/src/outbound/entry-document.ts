import type { mongo } from 'mongoose';
import type { Conversation, Message } from '../domain/conversation';
import { initial, noActor } from '../domain/conversation';
import type { ConversationEvent } from '../domain/events';
import { evolveAll } from '../domain/evolve';
import type { Change, Held } from '../use-cases/ports';
import { claimBinary, claimsBinary, claimsOf, claimText, entryId, entryVersion, keyHash, splitKey } from './claims';

/** One change of one conversation: the log's row. Field names are short because there is one per inbound event. */
export interface EntryDoc {
  _id: mongo.Binary;
  /** `<tenant>/<conversation>` */
  k: string;
  /** When it was recorded. */
  at: number;
  /** Claims, unique over the whole collection. */
  ev?: mongo.Binary[];
  /** Effects of channel events, 16 bytes each; no index. */
  fx?: mongo.Binary;
  /** Events, in order, as JSON: nobody asks the database about them, and one text costs it and us a third of nested documents. */
  ch: string;
}

const blank: Omit<Message, 'id' | 'kind' | 'at' | 'channel' | 'position'> = {
  author: noActor,
  subject: '',
  text: '',
  html: '',
  attachments: [],
  messageClass: 'NORMAL',
  automatic: false,
  mentions: [],
  mailId: '',
};

// Only what differs from the blank message is stored: a chat line is then a few fields, not twenty.
const packMessage = (message: Message): mongo.Document => {
  const doc: mongo.Document = {
    id: message.id,
    kind: message.kind,
    author: message.author,
    channel: message.channel,
    at: message.at,
    position: message.position,
  };
  if (message.subject) doc['subject'] = message.subject;
  if (message.text) doc['text'] = message.text;
  if (message.html) doc['html'] = message.html;
  if (message.attachments.length > 0) doc['attachments'] = message.attachments;
  if (message.messageClass !== 'NORMAL') doc['messageClass'] = message.messageClass;
  if (message.automatic) doc['automatic'] = true;
  if (message.mentions.length > 0) doc['mentions'] = message.mentions;
  if (message.threading) doc['threading'] = message.threading;
  if (message.mailId) doc['mailId'] = message.mailId;
  return doc;
};

const unpackMessage = (doc: mongo.Document): Message => ({ ...blank, ...doc }) as Message;

const packEvent = (event: ConversationEvent): mongo.Document => {
  switch (event.type) {
    case 'message_received':
      // Time and author of the event are those of the message.
      return { type: event.type, message: packMessage(event.message) };
    case 'message_sent':
    case 'note_added':
      return { ...event, message: packMessage(event.message) };
    case 'moved_in':
      return { ...event, messages: event.messages.map(packMessage) };
    default:
      return event;
  }
};

const unpackEvent = (doc: mongo.Document): ConversationEvent => {
  if (doc['type'] === 'moved_in') return { ...doc, messages: doc['messages'].map(unpackMessage) } as ConversationEvent;
  if (!doc['message']) return doc as ConversationEvent;
  const message = unpackMessage(doc['message']);
  return { at: message.at, actor: message.author, ...doc, message } as ConversationEvent;
};

/** Events as a row keeps them. */
export const textOf = (events: ConversationEvent[]): string => JSON.stringify(events.map(packEvent));

/** The events of a row, in order. */
export const eventsOf = (doc: Pick<EntryDoc, 'ch'>): ConversationEvent[] =>
  (JSON.parse(doc.ch) as mongo.Document[]).map(unpackEvent);

/** Messages that came, went or moved in with a row. */
export const messagesIn = (doc: Pick<EntryDoc, 'ch'>): Message[] =>
  eventsOf(doc).flatMap((event) => {
    if (event.type === 'moved_in') return event.messages;
    return 'message' in event ? [event.message] : [];
  });

export const toEntry = (change: Change): EntryDoc => {
  const doc: EntryDoc = {
    _id: entryId(keyHash(change.after.key), change.after.version),
    k: change.after.key,
    at: change.recordedAt,
    ch: textOf(change.events),
  };
  if (change.claims.length > 0) doc.ev = change.claims.map(claimBinary);
  if (change.effects.length > 0) doc.fx = claimsBinary(change.effects);
  return doc;
};

export const startOf = (key: string): Held => {
  const { tenantId, id } = splitKey(key);
  return { key, state: initial(tenantId, id), version: 0, saved: 0 };
};

/** The next version of a conversation. */
export const advanced = (held: Held, events: ConversationEvent[], recordedAt: number): Held => ({
  key: held.key,
  state: evolveAll(held.state, events, recordedAt) as Conversation,
  version: held.version + 1,
  saved: held.saved,
});

/** Folds a stored row onto the conversation before it. */
export const foldEntry = (before: Held, doc: EntryDoc): Change => {
  const events = eventsOf(doc);
  const claims = (doc.ev ?? []).map(claimText);
  const after = { ...advanced(before, events, doc.at), version: entryVersion(doc._id) };
  return { before, after, events, claims, effects: claimsOf(doc.fx), recordedAt: doc.at };
};

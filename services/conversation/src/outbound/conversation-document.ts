import { customerIdFor } from '@throughline/core';
import type { Conversation } from '../domain/conversation';
import { dueAt, initial } from '../domain/conversation';
import type { Held } from '../use-cases/ports';

/** Snapshot of a conversation: what lists read, and where folding the log starts. Fields as in `initial` may be missing. */
export interface ConversationDoc extends Conversation {
  _id: string;
  version: number;
  /** Customer of the contact point as long as no link says otherwise. */
  customerId: string;
  dueAt?: number;
}

const isBlank = (value: unknown): boolean => {
  if (typeof value !== 'object') return !value;
  if (Array.isArray(value)) return value.length === 0;
  for (const _ in value) return false;
  return true;
};

/** Only what a conversation has: most of its forty fields are empty in most conversations, and this is written for each. */
export const toConversationDoc = (held: Held): ConversationDoc => {
  const { state } = held;
  const doc: Record<string, unknown> = {
    _id: held.key,
    version: held.version,
    customerId: state.contactPoint ? customerIdFor(state.tenantId, state.contactPoint) : '',
  };
  for (const name in state) {
    const value = state[name as keyof Conversation];
    if (!isBlank(value)) doc[name] = value;
  }
  const due = dueAt(state);
  if (due > 0) doc['dueAt'] = due;
  return doc as unknown as ConversationDoc;
};

const bookkeeping = new Set(['_id', 'version', 'customerId', 'dueAt']);

export const stateOfDoc = (doc: ConversationDoc): Conversation => {
  const state = initial(doc.tenantId, doc.id) as unknown as Record<string, unknown>;
  for (const [name, value] of Object.entries(doc)) {
    if (!bookkeeping.has(name) && value !== null) state[name] = value;
  }
  return state as unknown as Conversation;
};

export const heldOfDoc = (doc: ConversationDoc): Held => ({
  key: doc._id,
  state: stateOfDoc(doc),
  version: doc.version,
  saved: doc.version,
});

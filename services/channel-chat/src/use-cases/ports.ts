import type { ScaleQuestion } from '@throughline/core';

/** Who chats. Everything but the id was signed by the integrator. */
export interface Visitor {
  tenantId: string;
  id: string;
  name: string;
  email: string;
  phone: string;
}

/** Publishes to the core; resolves when it is durable. */
export interface Inbox {
  message(visitor: Visitor, clientId: string, text: string): Promise<void>;
  /** A value of a question's scale that was chosen. */
  answered(visitor: Visitor, clientId: string, questionId: string, value: number): Promise<void>;
  delivered(visitor: Visitor, messages: OutgoingMessage[]): Promise<void>;
}

/** A message for a visitor. */
export interface OutgoingMessage {
  tenantId: string;
  thread: string;
  cursor: number;
  id: string;
  conversationId: string;
  text: string;
  from: string;
  at: Date;
  question?: ScaleQuestion | undefined;
}

export type NewMessage = Omit<OutgoingMessage, 'cursor'>;

/** Messages on their way to visitors, kept so that one who comes back gets what was missed. */
export interface Mailbox {
  /** Stores what is new; a message known already stays as it is. */
  put(messages: NewMessage[]): Promise<void>;
  after(tenantId: string, thread: string, cursor: number, limit: number): Promise<OutgoingMessage[]>;
  /** Marks everything up to a cursor as received; gives what was not marked before. */
  received(tenantId: string, thread: string, cursor: number): Promise<OutgoingMessage[]>;
  /** A question that a visitor was asked. */
  asked(tenantId: string, thread: string, questionId: string): Promise<ScaleQuestion | undefined>;
  /** The question that the last message to a visitor asks, unless it was answered by another message than this one. */
  askedLast(tenantId: string, thread: string, clientId: string): Promise<ScaleQuestion | undefined>;
  /** Notes that a question was answered, and by what first. */
  answered(tenantId: string, thread: string, questionId: string, clientId: string): Promise<void>;
  /** Calls back for every message stored by any process from now on. */
  watch(onMessage: (message: OutgoingMessage) => void): Promise<() => Promise<void>>;
}

/** Visitor tokens: signed by integrators, or by us for those nobody vouches for. */
export interface VisitorTokens {
  /** Refuses a token that is not signed for a tenant of ours, or has run out. */
  verify(token: string, now: number): Promise<Visitor>;
  /** A token for a visitor nobody knows; undefined when the tenant is none of ours. */
  anonymous(tenantId: string, now: number): Promise<string | undefined>;
}

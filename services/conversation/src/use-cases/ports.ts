import type { Actor, Conversation, DeliveryState, Message } from '../domain/conversation';
import type { ConversationEvent } from '../domain/events';

/** `<tenant>/<conversation>`. */
export type Key = string;

/** A short text that can be taken once in the whole log: an event's effect, a thread, a mail, a message id. */
export type Claim = string;

/** A conversation as the log holds it. */
export interface Held {
  key: Key;
  state: Conversation;
  /** Number of its last change; the next change takes the next number, and only one writer gets it. */
  version: number;
  /** Version of the stored snapshot; 0 when there is none yet. */
  saved: number;
  /** Claims of its latest changes, bounded: a repetition is seen without asking the database. */
  recent: Claim[];
}

/** One change, appended whole or not at all. */
export interface Change {
  before: Held;
  after: Held;
  events: ConversationEvent[];
  claims: Claim[];
  recordedAt: number;
  traceparent?: string | undefined;
}

/** A conversation read from the database, with the changes after its snapshot: those may not have been published. */
export interface Loaded {
  held: Held;
  tail: Change[];
}

/** An inbound event that became no message of a conversation, kept with its reason. */
export interface SetAside {
  claim: Claim;
  tenantId: string;
  reason: string;
  channel: string;
  adapter: string;
  contactPoint: string;
  at: number;
  raw: Buffer;
}

export interface ConversationLog {
  /** Conversations that hold these claims. */
  holdersOf(claims: Claim[]): Promise<Map<Claim, Key>>;
  load(keys: Key[]): Promise<Map<Key, Loaded>>;
  /** Appends in one command. Gives the keys whose change was not taken: another writer was first or a claim is taken. */
  append(changes: Change[]): Promise<Set<Key>>;
  /** Marks the touched conversations durably until their snapshots are saved. */
  noteTouched(keys: Key[]): Promise<Buffer>;
  forgetTouched(notes: Buffer[]): Promise<void>;
  /** Touched conversations of a process that no longer saves them. */
  abandoned(olderThan: number): Promise<{ note: Buffer; keys: Key[] }[]>;
  /** Stores snapshots; an older one never replaces a newer one. */
  save(held: Held[]): Promise<void>;
  setAside(events: SetAside[]): Promise<void>;
  /** Conversations of a contact point changed since, latest first. */
  recentOf(tenantId: string, contactPoints: string[], since: number): Promise<Conversation[]>;
  messagesOf(key: Key, options: { from: number; limit: number; newestFirst: boolean }): Promise<Message[]>;
  messageById(tenantId: string, messageId: string): Promise<{ key: Key; message: Message } | undefined>;
  due(now: number, limit: number): Promise<Key[]>;
}

/** Tells the world; resolves when every event is acknowledged. */
export type Publish = (changes: Change[]) => Promise<void>;

export interface Acknowledged {
  sentAt: number[];
  lastConversation: string;
}

/** What was acknowledged to whom, so that it cannot loop. */
export interface AcknowledgementLedger {
  read(senders: string[]): Promise<Map<string, Acknowledged>>;
  /** Takes the turn; false when another conversation took it meanwhile. */
  take(sender: string, before: Acknowledged | undefined, after: Acknowledged): Promise<boolean>;
}

/** What a channel said, in our words. */
export interface Inbound {
  tenantId: string;
  channel: string;
  adapter: string;
  threadKey: string;
  /** Claim of its effect. */
  effect: Claim;
  /** Claim of its thread. */
  thread: Claim;
  at: number;
  contactPoint: string;
  displayName: string;
  destination: string;
  language: string;
  verified: { contactPoint: string; evidence: string }[];
  payload: InboundPayload;
  raw: Buffer;
  traceparent?: string | undefined;
}

export interface InboundMail {
  messageId: string;
  inReplyTo: string;
  references: string[];
  plusToken: string;
  subjectToken: string;
  nullReturnPath: boolean;
  autoSubmitted: string;
  listOrBulk: boolean;
  suppressAutoResponse: boolean;
  dmarc: string;
}

export type InboundPayload =
  | { kind: 'message'; message: Message; mail?: InboundMail | undefined }
  | {
      kind: 'call';
      step: string;
      state: 'RINGING' | 'QUEUED' | 'TALKING' | 'HELD' | 'ENDED' | '';
      detail: string;
      durationSeconds: number;
      queue: string;
      answeredBy: string;
      endReason: string;
      recordingState: string;
      recordingReference: string;
    }
  | { kind: 'delivery'; messageId: string; conversationId: string; state: DeliveryState; code: string; detail: string }
  | { kind: 'thread_closed'; reason: string };

export interface Tokens {
  /** Signed token of an outgoing message. */
  sign(tenantId: string, messageId: string): string;
  /** The message a token was made for, or undefined when it is not ours. */
  read(tenantId: string, token: string): string | undefined;
}

export interface ActingRequest {
  tenantId: string;
  actor: Actor;
  requestId: string;
  /** Hash of the request without its id. */
  fingerprint: string;
  traceparent?: string | undefined;
}

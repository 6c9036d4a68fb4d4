import type { Claim, Key } from '../domain/claims';
import type { Actor, Conversation, DeliveryState, Message } from '../domain/conversation';
import type { CustomerOf } from '../domain/customers';
import type { ConversationEvent } from '../domain/events';

export type { Claim, Key } from '../domain/claims';

/**
 * Channel events that a conversation has applied, each with the number of the change that did. All versions of a conversation
 * in memory share one: an event counts for those that are not older than its change.
 */
export type Applied = Map<Claim, number>;

/** A conversation as the log holds it. */
export interface Held {
  key: Key;
  state: Conversation;
  /** Number of its last change; the next change takes the next number, and only one writer gets it. */
  version: number;
  /** Version of the stored snapshot; 0 when there is none yet. */
  saved: number;
  /** What it has applied of the channels; undefined until somebody asks the log for it. */
  applied?: Applied | undefined;
}

/** One change, appended whole or not at all. */
export interface Change {
  before: Held;
  after: Held;
  events: ConversationEvent[];
  /** Taken once in the whole log. */
  claims: Claim[];
  /** Channel events applied that their thread alone leads here: the conversation itself keeps them from counting twice. */
  effects: Claim[];
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

/** Keys whose change was not taken. */
export interface NotTaken {
  /** Another writer was first, or a claim is taken: decide again. */
  conflicts: Set<Key>;
  /** The database will never take it as it is; every other change is not touched by that. */
  refused: Map<Key, Error>;
}

export interface ConversationLog {
  /** Conversations that hold these claims. */
  holdersOf(claims: Claim[]): Promise<Map<Claim, Key>>;
  /** The conversation as it was with the change that took this claim; undefined when it holds no such claim. */
  stateAt(key: Key, claim: Claim): Promise<Conversation | undefined>;
  load(keys: Key[]): Promise<Map<Key, Loaded>>;
  /** What each of these conversations has applied, complete. */
  appliedTo(keys: Key[]): Promise<Map<Key, Applied>>;
  /** Appends in one command. */
  append(changes: Change[]): Promise<NotTaken>;
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
      /** Set when it is about something we asked: the conversation is known then, and none is opened for it. */
      conversationId?: string | undefined;
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

/** What journey said about a contact point. */
export interface LinkFact {
  tenantId: string;
  contactPoint: string;
  customerId: string;
  at: number;
}

export interface CustomerLinks {
  apply(facts: LinkFact[]): Promise<void>;
  /** Looks up a page's contact points at once. */
  customersOf(points: { tenantId: string; contactPoint: string }[]): Promise<CustomerOf>;
}

export interface ListQuery {
  tenantId: string;
  states: string[];
  customerId: string;
  assigneeId: string;
  queueId: string;
  issueId: string;
  tag: string;
  text: string;
  channel: string;
  updatedSince: number;
  pageSize: number;
  pageToken: string;
}

/** A page of a tenant's conversations, latest change first. */
export type ListConversations = (query: ListQuery) => Promise<{ conversations: Conversation[]; nextPageToken: string }>;

export interface Issue {
  id: string;
  title: string;
  state: 'OPEN' | 'RESOLVED';
  conversationIds: string[];
  createdAt: number;
  updatedAt: number;
}

export interface NewIssue {
  tenantId: string;
  id: string;
  title: string;
  at: number;
  requestId: string;
  fingerprint: string;
}

/** Issues: a title and the conversations that point at it. */
export interface Issues {
  /** Refuses when there is none. */
  get(tenantId: string, id: string): Promise<Issue>;
  /** The same request again gives the same issue. */
  create(issue: NewIssue): Promise<Issue>;
  touch(tenantId: string, id: string, at: number): Promise<void>;
  list(query: {
    tenantId: string;
    pageSize: number;
    pageToken: string;
    state: string;
  }): Promise<{ issues: Issue[]; nextPageToken: string }>;
}

export interface Viewing {
  agentId: string;
  typing: boolean;
  at: Date;
}

/** Who looks at a conversation now. */
export interface Viewings {
  current(key: Key): Promise<Viewing[]>;
  announce(key: Key, agentId: string, typing: boolean): Promise<Viewing[]>;
}

export interface LogNotice {
  key: Key;
  messages: Message[];
}

export interface Watch {
  /** New changes of one conversation, until the signal aborts. */
  conversation(key: Key, signal: AbortSignal): AsyncIterable<LogNotice | 'viewers'>;
  /** New changes of a tenant's conversations, until the signal aborts. */
  tenant(tenantId: string, signal: AbortSignal): AsyncIterable<LogNotice>;
}

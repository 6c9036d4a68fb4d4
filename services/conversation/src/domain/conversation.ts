/** Everything a conversation is. Names of states and kinds equal those of the contract, so that mapping is a cast. */
export type ConversationState = 'NEW' | 'OPEN' | 'PENDING' | 'ON_HOLD' | 'SOLVED' | 'CLOSED';
export type Priority = 'PRIORITY_UNSPECIFIED' | 'LOW' | 'NORMAL' | 'HIGH' | 'URGENT';
export type CallState = 'RINGING' | 'QUEUED' | 'TALKING' | 'HELD' | 'ENDED';
export type DeliveryState = 'QUEUED' | 'SENT' | 'DELIVERED' | 'READ' | 'FAILED' | 'BOUNCED' | 'COMPLAINED';
export type MessageKind = 'INBOUND' | 'OUTBOUND' | 'NOTE';
export type MessageClass = 'NORMAL' | 'AUTO_REPLY' | 'BOUNCE' | 'COMPLAINT' | 'BULK' | 'SPAM' | 'OWN';
export type ActorKind = 'CUSTOMER' | 'AGENT' | 'SYSTEM' | 'INTEGRATION';

export interface Actor {
  kind: ActorKind;
  id: string;
  name: string;
}

export interface Attachment {
  fileName: string;
  mediaType: string;
  sizeBytes: number;
  sha256: string;
  reference: string;
}

export interface ThreadingSignal {
  name: string;
  weight: number;
  detail: string;
}

export interface Evidence {
  score: number;
  signals: ThreadingSignal[];
  outcome: 'JOINED' | 'STARTED' | 'SUGGESTED' | 'MOVED_BY_PERSON';
  conversationId: string;
}

export interface Message {
  id: string;
  kind: MessageKind;
  author: Actor;
  channel: string;
  subject: string;
  text: string;
  html: string;
  attachments: Attachment[];
  /** When it happened, epoch milliseconds. */
  at: number;
  messageClass: MessageClass;
  automatic: boolean;
  mentions: string[];
  threading?: Evidence | undefined;
  /** Message-ID of a mail, ours or theirs, without angle brackets. */
  mailId: string;
  /** Place in the conversation; set when it is applied. */
  position: number;
}

/** One outgoing message's headers, so that its answer finds the conversation again. */
export interface MailThreading {
  replyToken: string;
  inReplyTo: string;
  references: string[];
  autoSubmitted: boolean;
}

export interface Draft {
  text: string;
  author: Actor;
  at: number;
  revision: number;
}

export interface Delivery {
  id: string;
  state: DeliveryState;
  detail: string;
}

export interface VerifiedContact {
  /** Canonical text of the contact point. */
  contactPoint: string;
  evidence: string;
}

/** A request that was answered: the same id gets the same answer, another body under it is refused. */
export interface Asked {
  id: string;
  fingerprint: string;
  /** Message made by the request, when it made one. */
  subjectId: string;
}

/** What the next agent must know. */
export interface Handover {
  issue: string;
  tried: string;
  promised: string;
  nextStep: string;
}

/** Messages that left but have not yet been confirmed by the conversation that receives them. */
export interface Move {
  /** Tells it from an earlier move of the same messages. */
  number: number;
  to: string;
  messageIds: string[];
  /** Claims of the messages' mails: answers to them follow. */
  claims: string[];
  merge: boolean;
  actor: Actor;
  reason: string;
}

/** A promise to the customer as the SLA service told it; of one that is settled only its number is kept. */
export interface FollowedPromise {
  id: string;
  /** Number of the last event of the promise that counted. */
  sequence: number;
  open: boolean;
  what: string;
  dueAt: number;
  timeZone: string;
}

export interface Conversation {
  tenantId: string;
  id: string;
  /** Number of the last event published about it; gap-free. */
  sequence: number;
  state: ConversationState;
  channel: string;
  /** Canonical text; empty for an anonymous caller. */
  contactPoint: string;
  customerName: string;
  subject: string;
  language: string;
  topic: string;
  priority: Priority;
  tags: string[];
  attributes: Record<string, string>;
  assigneeId: string;
  queueId: string;
  issueId: string;
  wrapUpCode: string;
  createdAt: number;
  updatedAt: number;
  solvedAt: number;
  closedAt: number;
  closeDueAt: number;
  snoozedUntil: number;
  reopenCount: number;
  messageCount: number;
  mergedIntoId: string;
  suggestedId: string;
  destination: string;
  threadKey: string;
  callState: CallState | '';
  draft?: Draft | undefined;
  draftRevision: number;
  /** Contact points the channel has verified for this customer. */
  verified: string[];
  /** Addresses that may join by token: the customer and everyone whose message was accepted. */
  participants: string[];
  /** Message-IDs of the mails so far, oldest first, bounded. */
  mailIds: string[];
  baseSubject: string;
  deliveries: Delivery[];
  /** Where messages went that left: message id or claim of its mail → conversation id. */
  moved: Record<string, string>;
  /** Messages that left and came back: message id → the position at which they now stand. */
  returned: Record<string, number>;
  moves: Move[];
  asked: Asked[];
  acknowledge: boolean;
  threadEnded: boolean;
  /** Left by whoever passed it on last. */
  handover?: Handover | undefined;
  /** How far it followed routing: the work item, and the number of its last event that counted. */
  routed: { workItemId: string; sequence: number; at: number };
  /** Number of the last event of its clocks that was acted on. */
  clocksSeen: number;
  promises: FollowedPromise[];
}

export const noActor: Actor = { kind: 'SYSTEM', id: 'conversation', name: '' };

/** A conversation before its first event. */
export const initial = (tenantId: string, id: string): Conversation => ({
  tenantId,
  id,
  sequence: 0,
  state: 'NEW',
  channel: '',
  contactPoint: '',
  customerName: '',
  subject: '',
  language: '',
  topic: '',
  priority: 'NORMAL',
  tags: [],
  attributes: {},
  assigneeId: '',
  queueId: '',
  issueId: '',
  wrapUpCode: '',
  createdAt: 0,
  updatedAt: 0,
  solvedAt: 0,
  closedAt: 0,
  closeDueAt: 0,
  snoozedUntil: 0,
  reopenCount: 0,
  messageCount: 0,
  mergedIntoId: '',
  suggestedId: '',
  destination: '',
  threadKey: '',
  callState: '',
  draftRevision: 0,
  verified: [],
  participants: [],
  mailIds: [],
  baseSubject: '',
  deliveries: [],
  moved: {},
  returned: {},
  moves: [],
  asked: [],
  acknowledge: false,
  threadEnded: false,
  routed: { workItemId: '', sequence: 0, at: 0 },
  clocksSeen: 0,
  promises: [],
});

/** True from the first event on. */
export const exists = (conversation: Conversation): boolean => conversation.createdAt > 0;

/** True where a message stands now: not where it left from, and after coming back only at its new place. */
export const isHere = (conversation: Conversation, message: Pick<Message, 'id' | 'position'>): boolean => {
  if (conversation.moved[message.id] !== undefined) return false;
  const position = conversation.returned[message.id];
  return position === undefined || position === message.position;
};

/** When the conversation must next look at itself; 0 means never. */
export const dueAt = (conversation: Conversation): number => {
  if (conversation.moves.length > 0) return conversation.updatedAt;
  const moments = [conversation.snoozedUntil, conversation.closeDueAt].filter((moment) => moment > 0);
  return moments.length > 0 ? Math.min(...moments) : 0;
};

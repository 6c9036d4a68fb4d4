import type {
  Actor,
  CallState,
  ConversationState,
  DeliveryState,
  Draft,
  FollowedPromise,
  Handover,
  MailThreading,
  Message,
  Move,
  Priority,
  VerifiedContact,
} from './conversation';

interface Base {
  /** When the fact happened, epoch milliseconds. */
  at: number;
  actor: Actor;
}

export interface Opened extends Base {
  type: 'opened';
  channel: string;
  contactPoint: string;
  customerName: string;
  subject: string;
  baseSubject: string;
  language: string;
  destination: string;
  threadKey: string;
  priority: Priority;
  previousId: string;
  suggestedId: string;
  issueId: string;
  topic: string;
  tags: string[];
  attributes: Record<string, string>;
  reason: string;
  /** An automatic acknowledgement is to be considered. */
  acknowledge: boolean;
}

export interface MessageReceived extends Base {
  type: 'message_received';
  message: Message;
}

export interface MessageSent extends Base {
  type: 'message_sent';
  message: Message;
  mail?: MailThreading | undefined;
}

export interface NoteAdded extends Base {
  type: 'note_added';
  message: Message;
}

export interface DeliveryChanged extends Base {
  type: 'delivery_changed';
  messageId: string;
  state: DeliveryState;
  code: string;
  detail: string;
}

export interface StateChanged extends Base {
  type: 'state_changed';
  from: ConversationState;
  to: ConversationState;
  reason: string;
  wrapUpCode: string;
  /** When a solved conversation closes by itself; 0 otherwise. */
  closeDueAt: number;
}

export interface Snoozed extends Base {
  type: 'snoozed';
  until: number;
  reason: string;
}

export interface Woken extends Base {
  type: 'woken';
  reason: string;
}

export interface Details {
  subject: string;
  language: string;
  topic: string;
  priority: Priority;
  tags: string[];
  attributes: Record<string, string>;
  assigneeId: string;
  queueId: string;
}

export interface DetailsChanged extends Base {
  type: 'details_changed';
  changed: (keyof Details)[];
  details: Details;
}

export interface Merged extends Base {
  type: 'merged';
  into: string;
  reason: string;
}

export interface MovedIn extends Base {
  type: 'moved_in';
  from: string;
  messages: Message[];
  /** Claims of the messages' mails. */
  claims: string[];
  reason: string;
}

export interface MovedOut extends Base {
  type: 'moved_out';
  move: Move;
}

export interface IssueLinked extends Base {
  type: 'issue_linked';
  issueId: string;
  previousIssueId: string;
}

export interface ContactIdentified extends Base {
  type: 'contact_identified';
  contactPoint: string;
  verified: VerifiedContact[];
  displayName: string;
}

export interface CallProgressed extends Base {
  type: 'call_progressed';
  state: CallState;
  step: string;
  detail: string;
  durationSeconds: number;
  queue: string;
  answeredBy: string;
  endReason: string;
  recordingState: string;
  recordingReference: string;
}

/** Kept in the log, told to nobody. */
export interface DraftSaved extends Base {
  type: 'draft_saved';
  draft: Draft;
}

export interface RequestAnswered extends Base {
  type: 'request_answered';
  id: string;
  fingerprint: string;
  subjectId: string;
}

export interface AcknowledgementSettled extends Base {
  type: 'acknowledgement_settled';
  outcome: string;
}

export interface MoveConfirmed extends Base {
  type: 'move_confirmed';
  to: string;
}

export interface ThreadEnded extends Base {
  type: 'thread_ended';
  reason: string;
}

export interface Transferred extends Base {
  type: 'transferred';
  toQueueId: string;
  toAgentId: string;
  reason: string;
  handover: Handover;
  /** Set when routing has moved the work already. */
  workItemId: string;
}

/** An event of its work was taken into account. */
export interface Routed extends Base {
  type: 'routed';
  workItemId: string;
  sequence: number;
}

/** An escalation of its clocks was taken into account. */
export interface EscalationFollowed extends Base {
  type: 'escalation_followed';
  sequence: number;
}

export interface PromiseFollowed extends Base {
  type: 'promise_followed';
  promise: FollowedPromise;
}

export type PublicEvent =
  | Opened
  | MessageReceived
  | MessageSent
  | NoteAdded
  | DeliveryChanged
  | StateChanged
  | Snoozed
  | Woken
  | DetailsChanged
  | Merged
  | MovedIn
  | MovedOut
  | IssueLinked
  | ContactIdentified
  | CallProgressed
  | Transferred;

export type PrivateEvent =
  | DraftSaved
  | RequestAnswered
  | AcknowledgementSettled
  | MoveConfirmed
  | ThreadEnded
  | Routed
  | EscalationFollowed
  | PromiseFollowed;

export type ConversationEvent = PublicEvent | PrivateEvent;

const privateTypes: ReadonlySet<string> = new Set([
  'draft_saved',
  'request_answered',
  'acknowledgement_settled',
  'move_confirmed',
  'thread_ended',
  'routed',
  'escalation_followed',
  'promise_followed',
]);

/** True for events that other services are told. */
export const isPublic = (event: ConversationEvent): event is PublicEvent => !privateTypes.has(event.type);

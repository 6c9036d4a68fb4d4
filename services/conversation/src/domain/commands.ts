import type {
  Actor,
  CallState,
  ConversationState,
  DeliveryState,
  FollowedPromise,
  Handover,
  MailThreading,
  Message,
  Priority,
  VerifiedContact,
} from './conversation';
import type { Details } from './events';

interface Base {
  /** Now, or for facts of a channel the time of the fact. Epoch milliseconds. */
  at: number;
  actor: Actor;
}

/** What a tenant decided about solving and closing. */
export interface Policy {
  reopenWindowMs: number;
  autoCloseMs: number;
  /** Fields that must be filled before solving: wrap_up_code, topic, language, issue_id, or attributes.<name>. */
  requiredOnSolve: string[];
}

export interface Open extends Base {
  type: 'open';
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
  acknowledge: boolean;
}

export interface Receive extends Base {
  type: 'receive';
  message: Message;
  thanks: boolean;
  policy: Policy;
}

export interface ProgressCall extends Base {
  type: 'progress_call';
  state: CallState | '';
  step: string;
  detail: string;
  durationSeconds: number;
  queue: string;
  answeredBy: string;
  endReason: string;
  recordingState: string;
  recordingReference: string;
}

export interface Identify extends Base {
  type: 'identify';
  verified: VerifiedContact[];
  displayName: string;
}

export interface ReportDelivery extends Base {
  type: 'report_delivery';
  messageId: string;
  state: DeliveryState;
  code: string;
  detail: string;
}

export interface EndThread extends Base {
  type: 'end_thread';
  reason: string;
}

export interface Send extends Base {
  type: 'send';
  message: Message;
  mail?: MailThreading | undefined;
  thenState: ConversationState | '';
  wrapUpCode: string;
  policy: Policy;
}

export interface Acknowledge extends Base {
  type: 'acknowledge';
  /** Absent when the guard said no. */
  message?: Message | undefined;
  mail?: MailThreading | undefined;
  outcome: string;
}

export interface AddNote extends Base {
  type: 'add_note';
  message: Message;
}

export interface SaveDraft extends Base {
  type: 'save_draft';
  text: string;
  baseRevision: number;
}

export interface Hold extends Base {
  type: 'hold';
  reason: string;
}

export interface AwaitCustomer extends Base {
  type: 'await_customer';
  reason: string;
}

export interface Solve extends Base {
  type: 'solve';
  reason: string;
  wrapUpCode: string;
  policy: Policy;
}

export interface Reopen extends Base {
  type: 'reopen';
  reason: string;
  policy: Policy;
}

export interface Close extends Base {
  type: 'close';
  reason: string;
}

export interface Snooze extends Base {
  type: 'snooze';
  until: number;
  reason: string;
}

/** The conversation looks at its clock. */
export interface Check extends Base {
  type: 'check';
}

export interface Update extends Base {
  type: 'update';
  fields: (keyof Details)[];
  details: Details;
}

export interface LinkIssue extends Base {
  type: 'link_issue';
  issueId: string;
}

/** Ends here and lives on in another one; the messages named go along. */
export interface Merge extends Base {
  type: 'merge';
  into: string;
  messageIds: string[];
  reason: string;
}

export interface MoveOut extends Base {
  type: 'move_out';
  to: string;
  messageIds: string[];
  claims: string[];
  reason: string;
}

export interface MoveIn extends Base {
  type: 'move_in';
  from: string;
  messages: Message[];
  claims: string[];
  reason: string;
}

export interface ConfirmMove extends Base {
  type: 'confirm_move';
  to: string;
}

/** Passes it on to a queue or an agent. */
export interface Transfer extends Base {
  type: 'transfer';
  toQueueId: string;
  toAgentId: string;
  reason: string;
  handover: Handover;
}

/** Something happened to the work that routing made of it. */
export interface FollowRouting extends Base {
  type: 'follow_routing';
  workItemId: string;
  /** Number of the event within its work item. */
  sequence: number;
  assigneeId?: string;
  queueId?: string;
  transferred?: Pick<Transfer, 'toQueueId' | 'toAgentId' | 'reason' | 'handover'> | undefined;
}

/** An escalation step of one of its clocks asks for more attention. */
export interface FollowEscalation extends Base {
  type: 'follow_escalation';
  /** Number of the event among those of the conversation's clocks. */
  sequence: number;
  /** Priority asked for; empty for the next higher one. */
  priority: Priority | '';
}

/** Something happened to a promise made in it. */
export interface FollowPromise extends Base {
  type: 'follow_promise';
  promise: FollowedPromise;
}

/** What other services say about a conversation. */
export type Follow = FollowRouting | FollowEscalation | FollowPromise;

export type Command =
  | Open
  | Receive
  | ProgressCall
  | Identify
  | ReportDelivery
  | EndThread
  | Send
  | Acknowledge
  | AddNote
  | SaveDraft
  | Hold
  | AwaitCustomer
  | Solve
  | Reopen
  | Close
  | Snooze
  | Check
  | Update
  | LinkIssue
  | Merge
  | MoveOut
  | MoveIn
  | ConfirmMove
  | Transfer
  | Follow;

/** Kinds of timeline entries, as the API names them. */
export type Kind =
  | 'message'
  | 'call'
  | 'note'
  | 'state'
  | 'identity'
  | 'work'
  | 'clock'
  | 'promise'
  | 'survey'
  | 'notification'
  | 'other';

/**
 * How a type reads on the timeline. `line` names fields of the message in braces; of several forms, separated by `|`,
 * the first whose fields are all set is taken.
 */
export interface Renderer {
  kind: Kind;
  line: string;
}

const conversation: Record<string, Renderer> = {
  ConversationOpened: {
    kind: 'state',
    line: 'Conversation opened: {subject}|Conversation opened by {customer_name}|Conversation opened on {channel}',
  },
  MessageReceived: { kind: 'message', line: 'Customer: {text}|Customer: {subject}|Customer sent a message' },
  MessageSent: { kind: 'message', line: 'We: {text}|We: {subject}|We sent a message' },
  MessageDeliveryChanged: { kind: 'message', line: 'Message {state}: {detail}|Message {state}' },
  NoteAdded: { kind: 'note', line: 'Note by {author.display_name}: {text}|Note: {text}|Note' },
  ConversationStateChanged: { kind: 'state', line: '{from} → {to}: {reason}|{from} → {to}|State {to}' },
  ConversationSnoozed: { kind: 'state', line: 'Snoozed: {reason}|Snoozed' },
  ConversationWoken: { kind: 'state', line: 'Woken: {reason}|Woken' },
  ConversationDetailsChanged: { kind: 'state', line: 'Details changed: {changed_fields}|Details changed' },
  ConversationMerged: {
    kind: 'state',
    line: 'Merged into {into_conversation_id}: {reason}|Merged into {into_conversation_id}',
  },
  MessagesMovedIn: { kind: 'state', line: 'Messages moved in from {from_conversation_id}' },
  MessagesMovedOut: { kind: 'state', line: 'Messages moved out to {to_conversation_id}' },
  ConversationTransferred: {
    kind: 'state',
    line: 'Handed over ({reason}), to do: {handover.next_step}|Handed over: {reason}',
  },
  IssueLinked: { kind: 'state', line: 'Linked to issue {issue_id}' },
  ContactIdentified: {
    kind: 'identity',
    line: 'Identified as {verified.contact_point.value}|Identified: {display_name}|Identified',
  },
  CallProgressed: {
    kind: 'call',
    line: 'Call {step}: {detail}|Call {step} by {answered_by}|Call {step} ({end_reason})|Call {step}',
  },
};

const routing: Record<string, Renderer> = {
  WorkItemQueued: { kind: 'work', line: 'Waits in {queue_id} by rule {rule_name}|Waits in {queue_id}' },
  WorkItemRelaxed: { kind: 'work', line: 'Asks for less: {detail}|Asks for less' },
  WorkItemOverflowed: { kind: 'work', line: 'Moved from {from_queue_id} to {to_queue_id} after waiting too long' },
  OfferMade: { kind: 'work', line: 'Offered to {agent_id}: {explanation}|Offered to {agent_id}' },
  OfferAccepted: { kind: 'work', line: '{agent_id} took it|Taken' },
  OfferDeclined: { kind: 'work', line: '{agent_id} declined: {reason}|{agent_id} declined' },
  OfferTimedOut: { kind: 'work', line: '{agent_id} did not answer the offer' },
  OfferWithdrawn: { kind: 'work', line: 'Offer to {agent_id} taken back: {reason}|Offer to {agent_id} taken back' },
  WorkItemHandled: { kind: 'work', line: '{agent_id} is done: {reason}|{agent_id} is done' },
  WorkItemCompleted: { kind: 'work', line: 'Work of {agent_id} completed|Work completed' },
  WorkItemCancelled: { kind: 'work', line: 'Left the queue {queue_id}: {reason}|Left the queue {queue_id}' },
  WorkItemTransferred: {
    kind: 'work',
    line: '{from_agent_id} passed it on to {to_agent_id}: {reason}|{from_agent_id} passed it on to {to_queue_id}: {reason}',
  },
};

const waits: Record<string, Renderer> = {
  WaitTold: {
    kind: 'work',
    line: 'Told the customer: {text}|Told the customer, who asked: number {told.position} in line',
  },
  WaitEstimateMissed: { kind: 'work', line: 'Waits longer than was told' },
  CallbackRequested: { kind: 'work', line: 'Wants to be called back, keeps the place in {queue_id}' },
  CallNotConnected: { kind: 'work', line: 'Could not be connected to {agent_id}, waits again in {queue_id}' },
  CallbackNotReached: { kind: 'work', line: '{agent_id} called and did not reach the customer' },
};

const named = (service: string, table: Record<string, Renderer>): [string, Renderer][] =>
  Object.entries(table).map(([type, renderer]) => [`throughline.${service}.v1.${type}`, renderer]);

const summarised = (kind: Kind, words: Record<string, string>): Record<string, Renderer> =>
  Object.fromEntries(Object.entries(words).map(([type, word]) => [type, { kind, line: `${word}: {summary}|${word}` }]));

const sla: Record<string, Renderer> = {
  ...summarised('clock', {
    ClockStarted: 'Clock started',
    ClockPaused: 'Clock paused',
    ClockResumed: 'Clock resumed',
    ClockRetargeted: 'Clock retargeted',
    ClockWarned: 'Clock warning',
    ClockEscalated: 'Clock escalated',
    ClockBreached: 'Clock breached',
    ClockStopped: 'Clock stopped',
    ClockCancelled: 'Clock cancelled',
  }),
  ...summarised('promise', {
    PromiseMade: 'Promised',
    PromiseDueSoon: 'Promise due soon',
    PromiseNoticeRequested: 'Promise at risk',
    PromiseKept: 'Promise kept',
    PromiseBroken: 'Promise broken',
    PromiseRenegotiated: 'Promise moved',
    PromiseWithdrawn: 'Promise withdrawn',
  }),
};

const notification = summarised('notification', {
  DeliveryHeld: 'Message waits',
  DeliveryRefused: 'Message not sent',
  DeliveryQueued: 'Message on its way',
  DeliveryDigested: 'Message sent together',
  DeliverySent: 'Message sent',
  DeliveryDoubted: 'Message in doubt',
  DeliveryConfirmed: 'Message arrived',
  DeliveryFailed: 'Message failed',
  DeliveryBounced: 'Message came back',
  DeliveryComplained: 'Complaint about a message',
  AddressSuppressed: 'Address suppressed',
  AddressReleased: 'Address may be written to again',
  PreferencesChanged: 'Preferences changed',
  ConsentGiven: 'Consent',
  ConsentWithdrawn: 'Consent withdrawn',
  CustomerRiskMarked: 'At risk',
  CustomerRiskReleased: 'Not at risk any more',
  IncidentOpened: 'Incident',
  IncidentAdvanced: 'Incident',
  IncidentResolved: 'Incident over',
  IncidentReviewed: 'Incident reviewed',
});

const feedback: Record<string, Renderer> = summarised('survey', {
  SurveyInvitationSent: 'Asked',
  SurveyInvitationHeld: 'Question waits',
  SurveyInvitationRefused: 'Question not sent',
  SurveyInvitationBounced: 'Question did not arrive',
  SurveyHeldBack: 'Question held back',
  SurveyNotAsked: 'Not asked',
  SurveyAnswered: 'Customer answered',
  SurveyAnswerChanged: 'Customer changed the answer',
  SurveyPreferenceChanged: 'Customer',
  RecoveryCaseOpened: 'Recovery case opened',
  RecoveryCaseAssigned: 'Recovery case',
  RecoveryCaseAdvanced: 'Recovery case',
  RecoveryCaseCompensated: 'Customer was given',
  RecoveryCaseEscalated: 'Recovery case',
  RecoveryCaseCauseSet: 'Cause found',
  RecoveryCaseOverdue: 'Recovery case overdue',
  RecoveryCaseClosed: 'Recovery case closed',
  ImprovementTold: 'Customer was told what we did',
  ImprovementNotTold: 'Customer was not told what we did',
});

/** Types that read better than the generic form. A type that is missing here still appears. */
export const renderers: ReadonlyMap<string, Renderer> = new Map([
  ...named('conversation', conversation),
  ...named('sla', sla),
  ...named('routing', { ...routing, ...waits }),
  ...named('notification', notification),
  ...named('feedback', feedback),
]);

/** Packages whose events are told by another service: what an adapter saw or was asked is stated by `conversation`. */
export const toldElsewhere: readonly string[] = ['throughline.channel.'];

/** Facts of our own about customers are read from the customer, and a risk that feedback raises is told by whoever acts on it. */
export const notMaterial: ReadonlySet<string> = new Set([
  ...['CustomerCreated', 'ContactPointAdded', 'CustomerAttributesChanged', 'CustomersLinked', 'CustomersUnlinked'].map(
    (type) => `throughline.journey.v1.${type}`,
  ),
  ...['CustomerRiskRaised', 'CustomerRiskEnded'].map((type) => `throughline.feedback.v1.${type}`),
]);

/** Kind of the types of a package that have no renderer, longest prefix first. */
export const kindsOfPackages: readonly (readonly [string, Kind])[] = [
  ['throughline.sla.', 'clock'],
  ['throughline.routing.', 'work'],
  ['throughline.feedback.', 'survey'],
  ['throughline.notification.', 'notification'],
  ['throughline.journey.', 'identity'],
];

import type { ScaleQuestion } from '@throughline/core';
import type { Channel } from '../book/book';
import type { MessageClass } from '../policy/policy';

/** Where a message is on its way. */
export type DeliveryState =
  | 'requested'
  | 'held'
  | 'refused'
  | 'digested'
  | 'queued'
  | 'sending'
  | 'unknown'
  | 'sent'
  | 'delivered'
  | 'read'
  | 'failed'
  | 'bounced'
  | 'complained';

export interface Content {
  templateId: string;
  templateVersion: number;
  language: string;
  subject: string;
  text: string;
  html: string;
  /** A channel that can asks it by itself. */
  question?: ScaleQuestion | undefined;
}

export interface Step {
  state: DeliveryState;
  at: number;
  reason: string;
  detail: string;
}

/** What was asked for. */
export interface Intent {
  id: string;
  /** Of the request that made it. */
  fingerprint: string;
  customerId: string;
  /** Canonical text of the address. */
  point: string;
  channel: Channel;
  messageClass: MessageClass;
  topic: string;
  department: string;
  /** What it is about: a delay, an incident, a survey …; empty for others. */
  kind: string;
  aboutId: string;
  conversationId: string;
  issueId: string;
  createdAt: number;
  expiresAt?: number | undefined;
  content: Content;
  /** The words hold a secret of the recipient: no call shows them. */
  confidential?: boolean | undefined;
  /** Zones the customer may be in, as far as the address tells. */
  zones: string[];
}

/** One message to one customer and what became of it. */
export interface Delivery extends Intent {
  state: DeliveryState;
  reason: string;
  detail: string;
  /** When somebody must look at it; absent when it is over. */
  dueAt?: number | undefined;
  /** Held ones that go out with it. */
  together: string[];
  /** The one it went out with. */
  joined: string;
  attempts: number;
  /** When the last attempt began. */
  attemptAt: number;
  providerId: string;
  history: Step[];
  /** Of the sender, as it stood in the policy when the message was let through; promotional mails alone. */
  postalAddress?: string | undefined;
}

const MOST_STEPS = 40;

/** The delivery in a new state. */
export const stepTo = (
  delivery: Delivery,
  state: DeliveryState,
  at: number,
  said: { reason?: string; detail?: string; dueAt?: number | undefined } = {},
): Delivery => {
  const step: Step = { state, at, reason: said.reason ?? '', detail: said.detail ?? '' };
  return {
    ...delivery,
    state,
    reason: step.reason,
    detail: step.detail,
    dueAt: said.dueAt,
    history: [...delivery.history, step].slice(-MOST_STEPS),
  };
};

// Whoever took it in decides about it at once; a round looks only when that process is gone.
const PATIENCE_MS = 5_000;

/** A message as it was asked for, still undecided. */
export const newDelivery = (intent: Intent): Delivery => ({
  ...intent,
  state: 'requested',
  reason: '',
  detail: '',
  dueAt: intent.createdAt + PATIENCE_MS,
  together: [],
  joined: '',
  attempts: 0,
  attemptAt: 0,
  providerId: '',
  history: [],
});

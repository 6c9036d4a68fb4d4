import type { MessageClass } from '../policy/policy';

/** Ways to a customer. */
export const channels = ['email', 'chat', 'sms', 'voice'] as const;
export type Channel = (typeof channels)[number];

/** That a customer said yes, and how we know. Kept after it was taken back: the proof is about the past. */
export interface Consent {
  id: string;
  channel: Channel;
  /** Empty: every topic. */
  topic: string;
  givenAt: number;
  /** Where: a form, a call, a contract. */
  source: string;
  /** What the customer agreed to, word for word. */
  wording: string;
  /** What shows it: a recording, a signed form, an address and a time. */
  evidence: string;
  actor: string;
  withdrawnAt?: number | undefined;
}

/** Topic and channel a customer wants nothing of; empty: any. */
export interface OptOut {
  topic: string;
  channel: Channel | '';
  at: number;
  source: string;
}

/** A reason to leave a customer in peace. */
export interface Risk {
  reason: string;
  until: number;
  source: string;
  /** It ended before its time. Kept, so that hearing of it again does not mark the customer anew. */
  endedAt?: number | undefined;
}

/** A message that was let through. `into`: it went out as part of that one. */
export interface Granted {
  id: string;
  at: number;
  messageClass: MessageClass;
  channel: Channel;
  department: string;
  into?: string | undefined;
}

/** A message that waits. */
export interface Held {
  id: string;
  messageClass: MessageClass;
  channel: Channel;
  since: number;
  /** Of its words, as `sizeOf` measures it; absent on those of earlier versions, which go out by themselves. */
  size?: number | undefined;
}

/**
 * All that decides whether one customer may be contacted, over all departments and channels. One document: whoever asks
 * at the same moment is decided one after the other.
 */
export interface Book {
  customerId: string;
  language: string;
  zone?: { name: string; source: string } | undefined;
  quiet?: { starts: number; ends: number } | undefined;
  pausedUntil: number;
  optOuts: OptOut[];
  consents: Consent[];
  risks: Risk[];
  granted: Granted[];
  held: Held[];
}

export const emptyBook = (customerId: string): Book => ({
  customerId,
  language: '',
  pausedUntil: 0,
  optOuts: [],
  consents: [],
  risks: [],
  granted: [],
  held: [],
});

import type { OutgoingMail } from '../domain/compose';
import type { MailFacts } from '../domain/describe';
import type { Mailbox, ParsedMail } from '../domain/mail';
import type { DeliveryReport } from '../domain/reports';
import type { NextStep, Outcome } from '../domain/send';

/** A mail that no parser time is spent on any further: `detail` is told to the sending server. */
export interface Unreadable {
  readonly unreadable: string;
}

/** Reads the bytes of a mail, bounded in time and memory. */
export interface MailParser {
  parse(raw: Uint8Array): Promise<ParsedMail | Unreadable>;
}

/** A stored file; the reference is opaque to everybody else. */
export interface StoredFile {
  readonly fileName: string;
  readonly mediaType: string;
  readonly sizeBytes: number;
  readonly sha256: string;
  readonly reference: string;
}

/** Keeps attachments and original mails by content: the same bytes are kept once per tenant. */
export interface FileStore {
  put(tenantId: string, fileName: string, mediaType: string, content: Uint8Array): Promise<StoredFile>;
  /** Undefined when this tenant has no such file. */
  get(tenantId: string, reference: string): Promise<{ mediaType: string; content: Buffer } | undefined>;
  /** First writer wins: a second delivery of the same mail keeps the first original. */
  putOriginal(tenantId: string, eventKey: string, raw: Uint8Array): Promise<string>;
}

/** What we know about a mail that went out. */
export interface SentMail {
  readonly messageId: string;
  readonly conversationId: string;
  readonly threadKey: string;
  readonly to: string;
}

/** A mail to be sent, with the fence of the claim. */
export interface ClaimedSend {
  readonly id: string;
  readonly tenantId: string;
  readonly messageId: string;
  readonly conversationId: string;
  readonly threadKey: string;
  readonly to: string;
  readonly attempts: number;
  readonly createdAt: number;
  readonly atMostOnce: boolean;
  /** An earlier attempt was cut off: nobody knows whether the mail left. */
  readonly interrupted: boolean;
  readonly claim: string;
  readonly request: Buffer;
}

/** A result that the core has not heard of yet. */
export interface UnreportedSend {
  readonly id: string;
  readonly tenantId: string;
  readonly messageId: string;
  readonly conversationId: string;
  readonly threadKey: string;
  readonly to: string;
  readonly state: 'sent' | 'failed';
  readonly code: string;
  readonly detail: string;
  readonly rfcMessageId: string;
  readonly settledAt: number;
}

export interface NewSend {
  readonly tenantId: string;
  readonly messageId: string;
  readonly conversationId: string;
  readonly threadKey: string;
  readonly to: string;
  readonly tokens: readonly string[];
  readonly rfcMessageId: string;
  readonly atMostOnce: boolean;
  readonly request: Buffer;
  /** Set when it can never be sent: it is stored as failed and reported. */
  readonly refused?: { readonly code: string; readonly detail: string } | undefined;
}

export interface SendStore {
  /** Stores what is new; what is known already stays as it is. */
  accept(sends: readonly NewSend[], now: number): Promise<void>;
  /** Takes one due mail for `leaseMs`, so that no other process sends it. */
  claim(now: number, leaseMs: number): Promise<ClaimedSend | undefined>;
  /** False when the claim was lost in the meantime. */
  settle(send: ClaimedSend, next: NextStep, now: number): Promise<boolean>;
  unreported(limit: number): Promise<UnreportedSend[]>;
  markReported(ids: readonly string[]): Promise<void>;
  /** The newest mail of ours with one of these Message-IDs or tokens. */
  find(tenantId: string, messageIds: readonly string[], tokens: readonly string[]): Promise<SentMail | undefined>;
}

/** Hands a mail to the relay. Never throws: every end of a dialogue is an outcome. */
export interface Relay {
  send(mail: OutgoingMail, files: readonly OutgoingFile[]): Promise<Outcome>;
}

export interface OutgoingFile {
  readonly fileName: string;
  readonly mediaType: string;
  readonly content: Buffer;
}

/** A message of a customer, ready to be published. */
export interface ReceivedMail {
  readonly kind: 'message';
  readonly mailbox: Mailbox;
  readonly eventKey: string;
  readonly threadKey: string;
  readonly occurredAt: number;
  readonly facts: MailFacts;
  readonly files: readonly StoredFile[];
  readonly originalReference: string;
}

/** News about a mail that went out. */
export interface DeliveryNews {
  readonly kind: 'delivery';
  readonly tenantId: string;
  readonly eventKey: string;
  readonly threadKey: string;
  readonly occurredAt: number;
  readonly messageId: string;
  readonly conversationId: string;
  readonly to: string;
  readonly state: 'sent' | 'failed' | DeliveryReport['state'];
  readonly code: string;
  readonly detail: string;
  readonly providerId: string;
}

/** Publishes to the core; resolves when it is durable. */
export interface Inbox {
  publish(events: readonly (ReceivedMail | DeliveryNews)[]): Promise<void>;
}

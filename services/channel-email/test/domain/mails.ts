import type { Envelope, Mailbox, MailPart, ParsedMail } from '../../src/domain/mail';

export const support: Mailbox = { address: 'support@shop.example', tenantId: 'acme', name: 'Shop Support' };

export const envelope = (change: Partial<Envelope> = {}): Envelope => ({
  from: 'ada@customer.example',
  recipients: ['support@shop.example'],
  trustedPeer: false,
  receivedAt: Date.UTC(2026, 0, 10, 12),
  ...change,
});

/** A parsed mail from a few header lines. */
export const mail = (headers: Record<string, string> = {}, change: Partial<ParsedMail> = {}): ParsedMail => ({
  headers: Object.entries(headers).map(([name, value]) => ({ name: name.toLowerCase(), value })),
  from: [{ name: 'Ada', address: 'ada@customer.example' }],
  sender: undefined,
  to: [{ name: '', address: 'support@shop.example' }],
  cc: [],
  subject: 'Where is my parcel',
  date: undefined,
  text: 'Hello',
  html: '',
  parts: [],
  cut: false,
  ...change,
});

export const part = (claimedType: string, content: string, fileName = ''): MailPart => ({
  fileName,
  claimedType,
  content: Buffer.from(content),
});

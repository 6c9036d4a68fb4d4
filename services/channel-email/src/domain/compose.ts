import { mailboxFor, sameForm, withPlus } from './addresses';
import { oneLine } from './bounds';
import type { Mailbox } from './mail';
import { boundReferences, isMessageId } from './message-ids';
import { domainOf } from './signing';

/** What the core asks to be sent, in plain words. */
export interface SendRequest {
  readonly messageId: string;
  readonly tenantId: string;
  readonly from: string;
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  readonly replyToken: string;
  readonly inReplyTo: string;
  readonly references: readonly string[];
  readonly autoSubmitted: boolean;
  /** Written by nobody in answer to nothing, so nobody's machine should answer it. */
  readonly notification?: boolean;
  /** Where one POST unsubscribes. */
  readonly unsubscribeUrl?: string;
}

/** A mail ready for the wire. No field can hold a line break where a header could begin. */
export interface OutgoingMail {
  readonly envelopeFrom: string;
  readonly to: string;
  readonly fromName: string;
  readonly fromAddress: string;
  readonly replyTo: string;
  readonly subject: string;
  readonly messageId: string;
  readonly inReplyTo: string;
  readonly references: readonly string[];
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
  readonly html: string;
}

export type Composed =
  | { readonly ok: true; readonly mail: OutgoingMail }
  | { readonly ok: false; readonly code: string; readonly detail: string };

const refused = (code: string, detail: string): Composed => ({ ok: false, code, detail });

const addressForm = /^[^\s<>,;:"\p{Cc}@]{1,64}@[^\s<>,;:"\p{Cc}@]{1,253}$/u;
const tokenForm = /^[A-Za-z0-9._~=+/-]{1,200}$/;

const escaped: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
const escapeHtml = (text: string): string => text.replace(/[&<>"]/g, (character) => escaped[character]!);

/** Plain text as the simplest HTML that keeps its lines. */
export const textToHtml = (text: string): string =>
  `<div>${escapeHtml(text.replace(/\r\n?/g, '\n')).replace(/\n/g, '<br>\n')}</div>`;

const sender = (mailboxes: readonly Mailbox[], request: SendRequest): Mailbox | undefined => {
  const own = mailboxes.filter((mailbox) => mailbox.tenantId === request.tenantId);
  return request.from === '' ? own[0] : mailboxFor(own, request.from);
};

const urlForm = /^https?:\/\/[!-;=?-~]{1,1000}$/;

const headersOf = (request: SendRequest): Record<string, string> => ({
  ...(request.autoSubmitted ? { 'Auto-Submitted': 'auto-replied', 'X-Auto-Response-Suppress': 'All' } : {}),
  ...(request.notification ? { 'Auto-Submitted': 'auto-generated', 'X-Auto-Response-Suppress': 'OOF, AutoReply' } : {}),
  // Both headers together are RFC 8058; one alone would make mail programs open a page.
  ...(request.unsubscribeUrl && urlForm.test(request.unsubscribeUrl)
    ? { 'List-Unsubscribe': `<${request.unsubscribeUrl}>`, 'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click' }
    : {}),
});

/** Turns a request into a mail, or says in one code why it can never be sent. */
export const compose = (mailboxes: readonly Mailbox[], request: SendRequest): Composed => {
  const mailbox = sender(mailboxes, request);
  if (!mailbox) return refused('SENDER_NOT_OURS', 'the tenant has no such mailbox');
  if (!addressForm.test(request.to)) return refused('RECIPIENT_INVALID', 'the recipient is not an e-mail address');
  if (mailboxFor(mailboxes, request.to)?.tenantId === request.tenantId) {
    return refused('RECIPIENT_IS_OWN', 'a mailbox does not write to a mailbox of its own tenant');
  }
  const token = request.replyToken || request.messageId;
  if (!tokenForm.test(token)) return refused('TOKEN_INVALID', 'the reply token cannot stand in a header');
  const tagged = withPlus(mailbox.address, token) ?? mailbox.address;
  return {
    ok: true,
    mail: {
      // Bounces come back to the tagged address, so they are known even when they quote nothing. Automatic answers
      // have no return address at all: nobody can answer them automatically.
      envelopeFrom: request.autoSubmitted ? '' : tagged,
      to: sameForm(request.to),
      fromName: oneLine(mailbox.name, 100),
      fromAddress: mailbox.address,
      replyTo: tagged,
      subject: oneLine(request.subject, 900),
      messageId: `${token}@${domainOf(mailbox.address)}`,
      inReplyTo: isMessageId(request.inReplyTo) ? request.inReplyTo : '',
      references: boundReferences(request.references.filter(isMessageId), 50, 24_000),
      headers: headersOf(request),
      text: request.text,
      html: request.html || textToHtml(request.text),
    },
  };
};

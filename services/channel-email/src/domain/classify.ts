import { isMachineSender, isNoReplySender } from './addresses';
import type { Envelope, ParsedMail } from './mail';
import { hasHeader, headerOf } from './mail';

export type MessageClass = 'own' | 'bounce' | 'complaint' | 'spam' | 'auto_reply' | 'bulk' | 'normal';

export interface Marks {
  readonly messageClass: MessageClass;
  readonly nullReturnPath: boolean;
  /** Lower case value of Auto-Submitted without parameters; empty when absent. */
  readonly autoSubmitted: string;
  readonly listOrBulk: boolean;
  readonly suppressAutoResponse: boolean;
}

const contentType = (mail: ParsedMail): string => headerOf(mail, 'content-type').toLowerCase();
const hasPart = (mail: ParsedMail, type: string): boolean => mail.parts.some((part) => part.claimedType === type);

const isReport = (mail: ParsedMail, reportType: string): boolean =>
  /^\s*multipart\/report\b/.test(contentType(mail)) &&
  new RegExp(`report-type\\s*=\\s*"?${reportType}`).test(contentType(mail));

const listHeaders = ['list-id', 'list-unsubscribe', 'list-post', 'list-help', 'list-subscribe', 'list-owner'];
const autoHeaders = ['x-autoreply', 'x-autorespond', 'x-auto-reply', 'x-autoresponder', 'x-mail-autoreply'];

const precedence = (mail: ParsedMail): string => headerOf(mail, 'precedence').trim().toLowerCase();

const isListOrBulk = (mail: ParsedMail): boolean =>
  listHeaders.some((name) => hasHeader(mail, name)) || ['bulk', 'list', 'junk'].includes(precedence(mail));

/** `Auto-Submitted: auto-replied; owner-email="…"` → `auto-replied`. */
const autoSubmitted = (mail: ParsedMail): string =>
  headerOf(mail, 'auto-submitted').split(/[;(]/)[0]!.trim().toLowerCase().slice(0, 100);

const saysNo = (value: string): boolean => ['', 'no', 'false', '0'].includes(value.trim().toLowerCase());

const isMarkedAutomatic = (mail: ParsedMail): boolean =>
  !saysNo(autoSubmitted(mail)) ||
  autoHeaders.some((name) => !saysNo(headerOf(mail, name))) ||
  precedence(mail) === 'auto_reply' ||
  isReport(mail, 'disposition-notification');

const isBounce = (mail: ParsedMail, nullReturnPath: boolean): boolean =>
  isReport(mail, 'delivery-status') ||
  hasHeader(mail, 'x-failed-recipients') ||
  (nullReturnPath && (hasPart(mail, 'message/delivery-status') || mail.from.some((a) => isMachineSender(a.address))));

const isComplaint = (mail: ParsedMail): boolean =>
  isReport(mail, 'feedback-report') || hasPart(mail, 'message/feedback-report');

/** Spam marks count only when the filter that set them is ours: anybody can write a header. */
const isSpam = (mail: ParsedMail, trustedPeer: boolean): boolean =>
  trustedPeer &&
  (/^\s*(?:yes|true)\b/i.test(headerOf(mail, 'x-spam-flag')) ||
    /^\s*yes\b/i.test(headerOf(mail, 'x-spam-status')) ||
    /^\s*(?:yes|spam)\b/i.test(headerOf(mail, 'x-spam')));

const suppresses = (mail: ParsedMail): boolean =>
  headerOf(mail, 'x-auto-response-suppress')
    .toLowerCase()
    .split(/[\s,]+/)
    .some((value) => ['all', 'autoreply', 'oof'].includes(value));

const classOf = (mail: ParsedMail, envelope: Envelope, own: boolean, nullReturnPath: boolean): MessageClass => {
  if (own) return 'own';
  if (isBounce(mail, nullReturnPath)) return 'bounce';
  if (isComplaint(mail)) return 'complaint';
  if (isSpam(mail, envelope.trustedPeer)) return 'spam';
  // A null sender asks that nothing ever be sent back: people never send that way.
  if (isMarkedAutomatic(mail) || nullReturnPath) return 'auto_reply';
  return isListOrBulk(mail) ? 'bulk' : 'normal';
};

/** What kind of mail it is, and what an automatic answer must respect (RFC 3834, 3464, 5965). */
export const classify = (mail: ParsedMail, envelope: Envelope, own: boolean): Marks => {
  const nullReturnPath = envelope.from === '' || headerOf(mail, 'return-path').trim() === '<>';
  return {
    messageClass: classOf(mail, envelope, own, nullReturnPath),
    nullReturnPath,
    autoSubmitted: autoSubmitted(mail),
    listOrBulk: isListOrBulk(mail),
    suppressAutoResponse: suppresses(mail) || mail.from.some((address) => isNoReplySender(address.address)),
  };
};

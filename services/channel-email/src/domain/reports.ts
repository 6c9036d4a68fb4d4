import { oneLine } from './bounds';
import type { ParsedMail } from './mail';
import { headerOf } from './mail';
import { messageIds } from './message-ids';

export type ReportedState = 'bounced' | 'delayed' | 'delivered' | 'relayed' | 'complained';

/** What a delivery status notification or a feedback report says about one of our mails. */
export interface DeliveryReport {
  readonly state: ReportedState;
  /** Enhanced status code (RFC 3463); empty when the report has none. */
  readonly code: string;
  readonly detail: string;
  readonly recipient: string;
  /** Message-ID of the mail the report is about; empty when it does not say. */
  readonly originalMessageId: string;
}

type Fields = ReadonlyMap<string, string>;

const maxScan = 64 * 1024;

const textOf = (content: Uint8Array): string => {
  let text = '';
  const end = Math.min(content.length, maxScan);
  for (let at = 0; at < end; at += 4096) text += String.fromCharCode(...content.subarray(at, Math.min(at + 4096, end)));
  return text;
};

/** Groups of `Name: value` lines, separated by empty lines; folded lines are joined. */
const fieldGroups = (text: string): Fields[] =>
  text.split(/\r?\n[ \t]*\r?\n/).map((group) => {
    const fields = new Map<string, string>();
    for (const line of group.replace(/\r?\n[ \t]+/g, ' ').split(/\r?\n/)) {
      const colon = line.indexOf(':');
      const name = line.slice(0, Math.max(colon, 0)).trim().toLowerCase();
      if (name && !fields.has(name)) fields.set(name, line.slice(colon + 1).trim());
    }
    return fields;
  });

const partText = (mail: ParsedMail, ...types: string[]): string => {
  const part = mail.parts.find((candidate) => types.includes(candidate.claimedType));
  return part ? textOf(part.content) : '';
};

const originalTypes = ['message/rfc822', 'text/rfc822-headers', 'message/rfc822-headers', 'message/global'];

const originalMessageId = (mail: ParsedMail): string => {
  const headers = fieldGroups(partText(mail, ...originalTypes))[0];
  const named = messageIds(headers?.get('message-id') ?? '')[0];
  if (named) return named;
  // Old systems quote the original as text.
  const quoted = /^[> \t]*message-id:\s*(<[^<>\s]{1,996}>)/im.exec(mail.text.slice(0, maxScan));
  return messageIds(quoted?.[1] ?? headerOf(mail, 'in-reply-to'))[0] ?? '';
};

/** `rfc822; ada@example.org` → `ada@example.org`. */
const afterType = (value: string): string => oneLine(value.slice(value.indexOf(';') + 1), 320);

const severity: Readonly<Record<string, ReportedState>> = {
  failed: 'bounced',
  delayed: 'delayed',
  delivered: 'delivered',
  relayed: 'relayed',
  expanded: 'relayed',
};
const order: readonly ReportedState[] = ['bounced', 'delayed', 'delivered', 'relayed'];

const stateOf = (fields: Fields): ReportedState | undefined =>
  severity[(fields.get('action') ?? '').split(/[\s;(]/)[0]!.toLowerCase()];

const codeOf = (fields: Fields): string => /\b[245]\.\d{1,3}\.\d{1,3}\b/.exec(fields.get('status') ?? '')?.[0] ?? '';

const fromText = (mail: ParsedMail): DeliveryReport => {
  const code = /\b[45]\.\d{1,3}\.\d{1,3}\b/.exec(mail.text.slice(0, maxScan))?.[0] ?? '';
  return {
    state: code.startsWith('4') ? 'delayed' : 'bounced',
    code,
    detail: oneLine(mail.subject, 1000),
    recipient: oneLine(headerOf(mail, 'x-failed-recipients').split(',')[0]!, 320),
    originalMessageId: originalMessageId(mail),
  };
};

/** Reads a delivery status notification (RFC 3464). `delayed` is not `failed`; of several recipients the worst counts. */
export const readBounce = (mail: ParsedMail): DeliveryReport => {
  const groups = fieldGroups(partText(mail, 'message/delivery-status', 'message/global-delivery-status'));
  for (const state of order) {
    const fields = groups.find((group) => stateOf(group) === state);
    if (!fields) continue;
    return {
      state,
      code: codeOf(fields),
      detail: oneLine(afterType(fields.get('diagnostic-code') ?? '') || mail.subject, 1000),
      recipient: afterType(fields.get('original-recipient') ?? fields.get('final-recipient') ?? ''),
      originalMessageId: originalMessageId(mail),
    };
  }
  return fromText(mail);
};

/** Reads a feedback report (RFC 5965): somebody marked our mail as unwanted. */
export const readComplaint = (mail: ParsedMail): DeliveryReport => {
  const fields: Fields = new Map(fieldGroups(partText(mail, 'message/feedback-report')).flatMap((group) => [...group]));
  return {
    state: 'complained',
    code: oneLine(fields.get('feedback-type') ?? '', 64),
    detail: oneLine(fields.get('user-agent') ?? '', 1000),
    recipient: oneLine((fields.get('original-rcpt-to') ?? '').replace(/[<>]/g, ''), 320),
    originalMessageId: originalMessageId(mail),
  };
};

import { mailboxFor, sameForm, splitPlus } from './addresses';
import type { Verdicts } from './authentication';
import { cutToBytes, oneLine, takeWithin } from './bounds';
import type { Marks } from './classify';
import type { Envelope, MailAddress, Mailbox, ParsedMail } from './mail';
import { headerOf } from './mail';
import { boundReferences, messageIds } from './message-ids';
import { baseSubject, subjectToken } from './subject';
import { visibleText } from './visible-text';

/** An event has at most 256 KiB; these shares leave room for its envelope. */
export const shares = { text: 60_000, html: 90_000, references: 24_000, recipients: 24_000 } as const;

/** Headers as facts, without angle brackets. */
export interface ThreadFacts {
  readonly messageId: string;
  readonly inReplyTo: string;
  readonly references: readonly string[];
  readonly baseSubject: string;
  readonly plusToken: string;
  readonly subjectToken: string;
  readonly otherRecipients: readonly string[];
}

export interface MailText {
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  readonly truncated: boolean;
}

export interface MailFacts {
  readonly marks: Marks;
  readonly thread: ThreadFacts;
  readonly verdicts: Verdicts;
  readonly content: MailText;
  readonly author: MailAddress | undefined;
}

/** Plus token of the address the envelope named; the header is asked only when the envelope has none. */
const plusTokenOf = (mail: ParsedMail, envelope: Envelope, mailbox: Mailbox): string => {
  const named = [...envelope.recipients, ...mail.to.map((to) => to.address), ...mail.cc.map((cc) => cc.address)];
  for (const address of named) {
    const { base, plus } = splitPlus(address);
    if (plus !== '' && base === sameForm(mailbox.address)) return plus.slice(0, 200);
  }
  return '';
};

/** Who else reads along, without our own addresses. */
const otherRecipients = (mail: ParsedMail, mailboxes: readonly Mailbox[]): string[] => {
  const addresses = [...mail.to, ...mail.cc].map((recipient) => sameForm(recipient.address));
  const others = [...new Set(addresses)].filter((address) => address !== '' && !mailboxFor(mailboxes, address));
  return takeWithin(others, 200, shares.recipients);
};

export const threadFactsOf = (
  mail: ParsedMail,
  envelope: Envelope,
  mailbox: Mailbox,
  mailboxes: readonly Mailbox[],
): ThreadFacts => {
  const subject = oneLine(mail.subject, 998);
  return {
    messageId: messageIds(headerOf(mail, 'message-id'))[0] ?? '',
    inReplyTo: messageIds(headerOf(mail, 'in-reply-to'))[0] ?? '',
    references: boundReferences(messageIds(headerOf(mail, 'references')), 200, shares.references),
    baseSubject: baseSubject(subject),
    plusToken: plusTokenOf(mail, envelope, mailbox),
    subjectToken: subjectToken(subject),
    otherRecipients: otherRecipients(mail, mailboxes),
  };
};

/** The texts that fit into an event. What is left out stays behind the reference to the original. */
export const textOf = (mail: ParsedMail): MailText => {
  const visible = visibleText(mail.text);
  const text = cutToBytes(visible, shares.text);
  const html = cutToBytes(mail.html, shares.html) === mail.html ? mail.html : '';
  const truncated = mail.cut || text.length < visible.length || html.length < mail.html.length;
  return { subject: oneLine(mail.subject, 998), text, html, truncated };
};

/** Who wrote it: From; Sender and the envelope only when From says nothing. */
export const authorOf = (mail: ParsedMail, envelope: Envelope): MailAddress | undefined =>
  [...mail.from, mail.sender, { name: '', address: envelope.from }].find(
    (candidate): candidate is MailAddress => candidate?.address.includes('@') === true,
  );

import { createHash } from 'node:crypto';
import { mailboxFor, sameForm } from '../domain/addresses';
import { verdictsOf } from '../domain/authentication';
import { classify } from '../domain/classify';
import type { MailFacts } from '../domain/describe';
import { authorOf, textOf, threadFactsOf } from '../domain/describe';
import { mediaTypeOf, safeFileName } from '../domain/file-facts';
import { eventKeyOf, threadKeyOf } from '../domain/keys';
import type { Envelope, Mailbox, MailPart, ParsedMail } from '../domain/mail';
import { occurredAt } from '../domain/occurred-at';
import type { DeliveryReport } from '../domain/reports';
import { readBounce, readComplaint } from '../domain/reports';
import type {
  DeliveryNews,
  FileStore,
  Inbox,
  MailParser,
  ReceivedMail,
  SendStore,
  SentMail,
  StoredFile,
} from './ports';

export interface ReceiveMailPorts {
  parser: MailParser;
  files: FileStore;
  sends: SendStore;
  inbox: Inbox;
}

export type Receipt =
  | { readonly accepted: true; readonly events: readonly (ReceivedMail | DeliveryNews)[] }
  | { readonly accepted: false; readonly reason: string };

const maxParts = 100;

const digestOf = (part: MailPart): string => createHash('sha256').update(part.content).digest('hex');

/** One mailbox of one tenant gets one event, however many of its spellings the envelope names. */
const mailboxesOf = (mailboxes: readonly Mailbox[], recipients: readonly string[]): Mailbox[] => [
  ...new Set(recipients.map((address) => mailboxFor(mailboxes, address)).filter((mailbox) => mailbox !== undefined)),
];

const storeParts = (files: FileStore, tenantId: string, parts: readonly MailPart[]): Promise<StoredFile[]> =>
  Promise.all(
    parts.slice(0, maxParts).map((part, index) => {
      const name = safeFileName(part.fileName, `attachment-${index + 1}`);
      return files.put(tenantId, name, mediaTypeOf(part.content), part.content);
    }),
  );

const reportOf = (mail: ParsedMail, facts: MailFacts): DeliveryReport | undefined => {
  if (facts.marks.messageClass === 'bounce') return readBounce(mail);
  return facts.marks.messageClass === 'complaint' ? readComplaint(mail) : undefined;
};

const newsOf = (
  mailbox: Mailbox,
  eventKey: string,
  report: DeliveryReport,
  sent: SentMail,
  at: number,
): DeliveryNews => ({
  kind: 'delivery',
  tenantId: mailbox.tenantId,
  eventKey,
  threadKey: sent.threadKey,
  occurredAt: at,
  messageId: sent.messageId,
  conversationId: sent.conversationId,
  to: sent.to,
  state: report.state,
  code: report.code,
  detail: report.detail,
  providerId: report.originalMessageId,
});

/** Takes a mail for all of its mailboxes and resolves when every event is durable. */
export const createReceiveMail = (
  ports: ReceiveMailPorts,
  options: { mailboxes: readonly Mailbox[]; trustedHost: string },
) => {
  const forMailbox = async (
    mailbox: Mailbox,
    mail: ParsedMail,
    envelope: Envelope,
    raw: Uint8Array,
    digests: readonly string[],
  ): Promise<ReceivedMail | DeliveryNews> => {
    const tenantMailboxes = options.mailboxes.filter((candidate) => candidate.tenantId === mailbox.tenantId);
    const thread = threadFactsOf(mail, envelope, mailbox, tenantMailboxes);
    const author = authorOf(mail, envelope);
    const ownId = thread.messageId ? await ports.sends.find(mailbox.tenantId, [thread.messageId], []) : undefined;
    const own =
      ownId !== undefined || (author !== undefined && mailboxFor(tenantMailboxes, author.address) !== undefined);
    const facts: MailFacts = {
      marks: classify(mail, envelope, own),
      thread,
      verdicts: verdictsOf(mail, envelope, options.trustedHost),
      content: textOf(mail),
      author,
    };
    const report = reportOf(mail, facts);
    const ids = report ? [report.originalMessageId] : [thread.inReplyTo, ...[...thread.references].reverse()];
    const tokens = [thread.plusToken, thread.subjectToken];
    const answered = await ports.sends.find(mailbox.tenantId, ids.filter(Boolean), tokens.filter(Boolean));
    const eventKey = eventKeyOf(mailbox, thread.messageId, mail, digests);
    const at = occurredAt(mail.date, envelope.receivedAt);
    if (report && answered) return newsOf(mailbox, eventKey, report, answered, at);
    const files = await storeParts(ports.files, mailbox.tenantId, mail.parts);
    return {
      kind: 'message',
      mailbox,
      eventKey,
      threadKey: threadKeyOf({ ...thread, knownThread: answered?.threadKey ?? '', eventKey }),
      occurredAt: at,
      facts,
      files,
      originalReference: await ports.files.putOriginal(mailbox.tenantId, eventKey, raw),
    };
  };

  return async (raw: Uint8Array, envelope: Envelope): Promise<Receipt> => {
    const mail = await ports.parser.parse(raw);
    if ('unreadable' in mail) return { accepted: false, reason: mail.unreadable };
    if (!authorOf(mail, envelope) && sameForm(envelope.from) !== '') {
      return { accepted: false, reason: 'the mail names no sender address' };
    }
    const digests = mail.parts.map(digestOf);
    const mailboxes = mailboxesOf(options.mailboxes, envelope.recipients);
    const events: (ReceivedMail | DeliveryNews)[] = [];
    for (const mailbox of mailboxes) events.push(await forMailbox(mailbox, mail, envelope, raw, digests));
    await ports.inbox.publish(events);
    return { accepted: true, events };
  };
};

import { hash16 } from '@throughline/core';
import { sameForm } from './addresses';
import type { Mailbox, ParsedMail } from './mail';

const hex = (...parts: string[]): string => hash16(...parts).toString('hex');

/** Too long ids are replaced by their hash: the key stays within its bound and stays equal for equal ids. */
const bounded = (id: string): string => (id.length <= 300 ? id : `sha:${hex(id)}`);

/**
 * De-duplication key: mailbox, Message-ID, and a digest of who wrote what. A second delivery of a mail differs in its
 * trace headers and maybe in its transfer encoding, so neither enters the digest. Somebody else who takes the same
 * Message-ID for another text gets another key, so no message can be swallowed by copying an id.
 */
export const eventKeyOf = (
  mailbox: Mailbox,
  messageId: string,
  mail: Pick<ParsedMail, 'from' | 'subject' | 'text' | 'html'>,
  partDigests: readonly string[],
): string => {
  const body = (mail.text.trim() || mail.html).replace(/\s+/g, '');
  const digest = hex(sameForm(mail.from[0]?.address ?? ''), mail.subject.trim(), body, ...partDigests);
  return `${sameForm(mailbox.address)}/${bounded(messageId)}/${digest}`;
};

export interface ThreadEvidence {
  readonly messageId: string;
  readonly inReplyTo: string;
  readonly references: readonly string[];
  /** Thread of the mail of ours that is answered, when one of its ids or tokens was found. */
  readonly knownThread: string;
  readonly eventKey: string;
}

/**
 * Orders the mails of one conversation. An answer to a mail of ours takes the thread that mail went out on; otherwise
 * the root of the thread names it, which every well-behaved mail program repeats as the first reference.
 */
export const threadKeyOf = (evidence: ThreadEvidence): string =>
  evidence.knownThread ||
  bounded(evidence.references[0] || evidence.inReplyTo || evidence.messageId || `mail:${hex(evidence.eventKey)}`);

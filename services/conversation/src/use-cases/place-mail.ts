import type { Conversation } from '../domain/conversation';
import type { Candidate, Pointer } from '../domain/threading';
import { baseSubjectOf } from '../domain/threading';
import type { Claim, Inbound, InboundMail, Key, Tokens } from './ports';

/** A place to look for the conversation of a mail: a claim or a conversation's own id. */
export interface Clue extends Pointer {
  claim?: Claim;
  key?: Key;
}

export interface ClueMakers {
  tokens: Tokens;
  mailClaim(tenantId: string, mailId: string): Claim;
}

const maxReferences = 20;

const tokenIn = (mailId: string): string => mailId.slice(0, Math.max(mailId.indexOf('@'), 0));

/** Everything in a mail that may point at a conversation, the best evidence first. */
export const cluesOf = (inbound: Inbound, mail: InboundMail, { tokens, mailClaim }: ClueMakers): Clue[] => {
  const { tenantId } = inbound;
  const clues: Clue[] = [];
  const signed = (name: Pointer['name'], token: string, detail: string): boolean => {
    const messageId = tokens.read(tenantId, token);
    if (messageId) clues.push({ name, detail, claim: messageId });
    return messageId !== undefined;
  };
  if (mail.inReplyTo && !signed('reply_token', tokenIn(mail.inReplyTo), mail.inReplyTo)) {
    clues.push({ name: 'references', detail: mail.inReplyTo, claim: mailClaim(tenantId, mail.inReplyTo) });
  }
  const references = mail.references.slice(-maxReferences).reverse();
  for (const reference of references) {
    if (reference === mail.inReplyTo || signed('references', tokenIn(reference), reference)) continue;
    clues.push({ name: 'references', detail: reference, claim: mailClaim(tenantId, reference) });
  }
  if (mail.plusToken) signed('plus_address', mail.plusToken, mail.plusToken);
  clues.push({ name: 'same_thread', detail: inbound.threadKey, claim: inbound.thread });
  if (mail.subjectToken && !signed('subject_token', mail.subjectToken, mail.subjectToken)) {
    clues.push({ name: 'subject_token', detail: mail.subjectToken, key: `${tenantId}/${mail.subjectToken}` });
  }
  return clues;
};

/** True when the subject says that this is an answer, so that an equal base subject means something. */
export const isAnswer = (subject: string): boolean =>
  baseSubjectOf(subject) !== subject.replace(/\s+/g, ' ').trim().toLowerCase();

export const candidateOf = (conversation: Conversation, pointers: Pointer[]): Candidate => ({
  conversationId: conversation.id,
  participants: [...conversation.participants, ...conversation.verified],
  open: conversation.state !== 'CLOSED',
  baseSubject: conversation.baseSubject,
  updatedAt: conversation.updatedAt,
  pointers,
});

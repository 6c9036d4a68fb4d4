import { hash16Text } from '@throughline/core';
import { memo } from './memo';

/** `<tenant>/<conversation>`. */
export type Key = string;

/** A short text that can be taken once in the whole log: an event's effect, a thread, a mail, a message id. */
export type Claim = string;

/** Claims are 16 bytes in the database and 22 URL-safe characters everywhere else. */
export const claimOf = (...parts: string[]): Claim => hash16Text(...parts);

export const effectClaim = (tenantId: string, adapter: string, eventKey: string): Claim =>
  claimOf('effect', tenantId, adapter, eventKey);
// Tenants and channels hold no slash, so the text is as exact as its parts.
const threads = memo(50_000, (name) => claimOf('thread', name));
export const threadClaim = (tenantId: string, channel: string, threadKey: string): Claim =>
  threads(`${tenantId}/${channel}/${threadKey}`);
export const mailClaim = (tenantId: string, mailId: string): Claim => claimOf('mail', tenantId, mailId);
/** Taken by the conversation that follows a closed one, so that it has one successor only. */
export const successorClaim = (key: Key): Claim => claimOf('successor', key);

/** Id of a message that came on a thread: its conversation is in it, so that it is found without an index of its own. */
export const threadMessageId = (effect: Claim, conversationId: string): string => `${effect}.${conversationId}`;
/** The conversation in which the message came, or undefined when the id does not say. */
export const conversationOfMessageId = (messageId: string): string | undefined =>
  messageId[22] === '.' && isClaim(messageId.slice(0, 22)) ? messageId.slice(23) : undefined;

const shape = /^[A-Za-z0-9_-]{22}$/;
export const isClaim = (text: string): boolean => shape.test(text);

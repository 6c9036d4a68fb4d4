import { hash16 } from '@throughline/core';
import { memo } from './memo';

/** `<tenant>/<conversation>`. */
export type Key = string;

/** A short text that can be taken once in the whole log: an event's effect, a thread, a mail, a message id. */
export type Claim = string;

/** Claims are 16 bytes in the database and 22 URL-safe characters everywhere else. */
export const claimOf = (...parts: string[]): Claim => hash16(...parts).toString('base64url');

export const effectClaim = (tenantId: string, adapter: string, eventKey: string): Claim =>
  claimOf('effect', tenantId, adapter, eventKey);
// Tenants and channels hold no slash, so the text is as exact as its parts.
const threads = memo(50_000, (name) => claimOf('thread', name));
export const threadClaim = (tenantId: string, channel: string, threadKey: string): Claim =>
  threads(`${tenantId}/${channel}/${threadKey}`);
export const mailClaim = (tenantId: string, mailId: string): Claim => claimOf('mail', tenantId, mailId);
/** Taken by the conversation that follows a closed one, so that it has one successor only. */
export const successorClaim = (key: Key): Claim => claimOf('successor', key);

const shape = /^[A-Za-z0-9_-]{22}$/;
export const isClaim = (text: string): boolean => shape.test(text);

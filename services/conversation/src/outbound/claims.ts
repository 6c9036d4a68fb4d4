import { hash16 } from '@throughline/core';
import { mongo } from 'mongoose';
import type { Claim, Key } from '../use-cases/ports';
import { memo } from './memo';

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

export const claimBinary = (claim: Claim): mongo.Binary => new mongo.Binary(Buffer.from(claim, 'base64url'));
export const claimText = (binary: mongo.Binary): Claim => Buffer.from(binary.buffer).toString('base64url').slice(0, 22);

/** First 16 bytes of every entry of a conversation. */
export const keyHash: (key: Key) => Buffer = memo(50_000, (key) => hash16('conversation', key));

/** Entries of one conversation lie side by side, in the order of their versions. */
export const entryId = (hash: Buffer, version: number): mongo.Binary => {
  const bytes = Buffer.allocUnsafe(20);
  hash.copy(bytes, 0);
  bytes.writeUInt32BE(version, 16);
  return new mongo.Binary(bytes);
};

export const entryVersion = (id: mongo.Binary): number => Buffer.from(id.buffer).readUInt32BE(16);

export const splitKey = (key: Key): { tenantId: string; id: string } => {
  const slash = key.indexOf('/');
  return { tenantId: key.slice(0, slash), id: key.slice(slash + 1) };
};

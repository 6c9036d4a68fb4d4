import { hash16 } from '@throughline/core';
import { mongo } from 'mongoose';
import { memo } from '../domain/memo';
import type { Claim, Key } from '../use-cases/ports';

export const claimBinary = (claim: Claim): mongo.Binary => new mongo.Binary(Buffer.from(claim, 'base64url'));
export const claimText = (binary: mongo.Binary): Claim => Buffer.from(binary.buffer).toString('base64url').slice(0, 22);

/** Many claims in one value. */
export const claimsBinary = (claims: Claim[]): mongo.Binary => {
  const bytes = Buffer.allocUnsafe(claims.length * 16);
  for (let i = 0; i < claims.length; i++) bytes.write(claims[i]!, i * 16, 'base64url');
  return new mongo.Binary(bytes);
};

export const claimsOf = (binary: mongo.Binary | undefined): Claim[] => {
  const claims: Claim[] = [];
  if (!binary) return claims;
  const bytes = Buffer.from(binary.value());
  for (let at = 0; at < bytes.length; at += 16) claims.push(bytes.toString('base64url', at, at + 16));
  return claims;
};

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

import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Secrets } from '../use-cases/ports';

/** 256-bit secrets. They are random, so a plain hash is enough: there is no dictionary to try. */
export const randomSecrets: Secrets = {
  newKeyId: () => randomBytes(9).toString('hex'),
  newSecret: () => randomBytes(32).toString('base64url'),
  hash: (secret) => createHash('sha256').update(secret).digest('hex'),
  equal: (left, right) => left.length === right.length && timingSafeEqual(Buffer.from(left), Buffer.from(right)),
};

/** Hashes what may be personal, so that without the secret nobody can try all telephone numbers. 96 bits. */
export const hideWith =
  (secret: string) =>
  (value: string): string =>
    createHmac('sha256', secret).update(value).digest('base64url').slice(0, 16);

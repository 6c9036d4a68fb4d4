import type { KeyObject } from 'node:crypto';
import { createPrivateKey, createPublicKey, sign, verify } from 'node:crypto';
import { Refusal } from '@throughline/core';
import { LRUCache } from 'lru-cache';
import type { Caller } from './types';

interface Claims extends Caller {
  /** Seconds since 1970. */
  exp: number;
}

/** Metadata key of the signed caller token between the gateway and the services. */
export const CALLER_METADATA = 'x-throughline-caller';
const LONGEST_SECONDS = 60;

const refused = (why: string) => new Refusal('unauthenticated', 'CALLER_TOKEN_INVALID', `caller token: ${why}`);

/** Signs who calls, valid for at most 60 s. `key` is an Ed25519 private key (PKCS 8, base64). */
export function createCallerSigner(key: string): (caller: Caller, now?: number) => string {
  const privateKey = createPrivateKey({ key: Buffer.from(key, 'base64'), format: 'der', type: 'pkcs8' });
  return (caller, now = Date.now()) => {
    const claims: Claims = { ...caller, exp: Math.floor(now / 1000) + LONGEST_SECONDS };
    const body = Buffer.from(JSON.stringify(claims)).toString('base64url');
    return `${body}.${sign(null, Buffer.from(body), privateKey).toString('base64url')}`;
  };
}

function check(token: string, key: KeyObject): Claims {
  const [body = '', signature = '', rest] = token.split('.');
  if (rest !== undefined || !verify(null, Buffer.from(body), key, Buffer.from(signature, 'base64url'))) {
    throw refused('the signature is not ours');
  }
  return JSON.parse(Buffer.from(body, 'base64url').toString('utf8')) as Claims;
}

/** Checks caller tokens. A token that was checked once costs a look-up until it expires. `key`: SPKI, base64. */
export function createCallerVerifier(key: string): (token: string | undefined, now?: number) => Caller {
  const publicKey = createPublicKey({ key: Buffer.from(key, 'base64'), format: 'der', type: 'spki' });
  const known = new LRUCache<string, Claims>({ max: 10_000 });
  return (token, now = Date.now()) => {
    if (!token) throw refused('is missing');
    let claims = known.get(token);
    if (!claims) {
      claims = check(token, publicKey);
      known.set(token, claims);
    }
    const seconds = now / 1000;
    if (claims.exp <= seconds) throw refused('has expired');
    // A signer whose clock runs ahead must not hand out long-lived tokens.
    if (claims.exp > seconds + LONGEST_SECONDS * 2) throw refused('lives longer than allowed');
    return claims;
  };
}

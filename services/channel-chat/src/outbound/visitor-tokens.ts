import { randomUUID } from 'node:crypto';
import { Refusal } from '@throughline/core';
import type { JWTPayload } from 'jose';
import { decodeJwt, errors, jwtVerify, SignJWT } from 'jose';
import type { Visitor, VisitorTokens } from '../use-cases/ports';

type Secrets = { tenantId: string; secret: string }[];

const refused = (reason: string, detail: string) => new Refusal('unauthenticated', reason, `token: ${detail}`);
const text = (value: unknown, max: number): string => (typeof value === 'string' ? value.slice(0, max) : '');

const tenantOf = (token: string): string => {
  try {
    return text(decodeJwt(token)['tenant'], 64);
  } catch {
    throw refused('TOKEN_MALFORMED', 'is not a signed token');
  }
};

const visitorOf = (tenantId: string, payload: JWTPayload): Visitor => {
  const id = text(payload.sub, 129);
  if (!/^[A-Za-z0-9._@-]{1,128}$/.test(id))
    throw refused('TOKEN_INVALID', 'sub must be 1 to 128 letters, digits, dot, dash, @ or underscore');
  const trusted = payload['anonymous'] !== true;
  const claim = (name: string, max: number) => (trusted ? text(payload[name], max) : '');
  return { tenantId, id, name: claim('name', 200), email: claim('email', 320), phone: claim('phone', 64) };
};

/** Checks visitor tokens and makes those of visitors nobody vouches for. One algorithm, one secret per tenant. */
export const createVisitorTokens = (secrets: Secrets): VisitorTokens => {
  const keys = new Map(secrets.map(({ tenantId, secret }) => [tenantId, Buffer.from(secret)]));
  return {
    async verify(token, now) {
      if (token.length > 4_096) throw refused('TOKEN_MALFORMED', 'has at most 4096 characters');
      const tenantId = tenantOf(token);
      const key = keys.get(tenantId);
      if (!key) throw refused('TOKEN_INVALID', 'the signature does not fit the tenant');
      try {
        const options = { algorithms: ['HS256'], requiredClaims: ['exp', 'sub', 'tenant'], currentDate: new Date(now) };
        const { payload } = await jwtVerify(token, key, options);
        // A token that lives for years is a password in a web page.
        if ((payload.exp ?? 0) * 1000 > now + 7 * 86_400_000)
          throw refused('TOKEN_LIVES_TOO_LONG', 'exp must lie within seven days');
        return visitorOf(tenantId, payload);
      } catch (error) {
        if (error instanceof errors.JWTExpired) throw refused('TOKEN_EXPIRED', 'has expired; sign a new one');
        if (error instanceof errors.JOSEError) throw refused('TOKEN_INVALID', 'the signature does not fit the tenant');
        throw error;
      }
    },
    async anonymous(tenantId, now) {
      const key = keys.get(tenantId);
      if (!key) return undefined;
      return new SignJWT({ tenant: tenantId, anonymous: true })
        .setProtectedHeader({ alg: 'HS256' })
        .setSubject(`anon-${randomUUID()}`)
        .setExpirationTime(Math.floor(now / 1000) + 86_400)
        .sign(key);
    },
  };
};

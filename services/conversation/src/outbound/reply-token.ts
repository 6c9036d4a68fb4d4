import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Tokens } from '../use-cases/ports';

const alphabet = 'abcdefghijklmnopqrstuvwxyz234567';
const tagBytes = 8;
const tokenShape = /^[a-z2-7]{39}$/;

// Base32 in lower case: mail servers on the way may change the case of a local part.
const toBase32 = (bytes: Buffer): string => {
  let out = '';
  let value = 0;
  let bits = 0;
  for (const byte of bytes) {
    value = (value << 8) | byte;
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      out += alphabet[(value >>> bits) & 31];
      value &= (1 << bits) - 1;
    }
  }
  return bits > 0 ? out + alphabet[(value << (5 - bits)) & 31] : out;
};

const fromBase32 = (text: string): Buffer => {
  const bytes: number[] = [];
  let value = 0;
  let bits = 0;
  for (const letter of text) {
    value = (value << 5) | alphabet.indexOf(letter);
    bits += 5;
    if (bits >= 8) {
      bits -= 8;
      bytes.push((value >>> bits) & 255);
      value &= (1 << bits) - 1;
    }
  }
  return Buffer.from(bytes);
};

/** Signed tokens that name one outgoing message: 16 bytes of the message id and 8 bytes of HMAC, 39 letters. */
export const createTokens = (secret: string): Tokens => {
  const tag = (tenantId: string, id: Buffer): Buffer =>
    createHmac('sha256', secret).update(`${tenantId.length}:${tenantId}`).update(id).digest().subarray(0, tagBytes);
  return {
    sign(tenantId, messageId) {
      const id = Buffer.from(messageId, 'base64url');
      return toBase32(Buffer.concat([id, tag(tenantId, id)]));
    },
    read(tenantId, token) {
      const text = token.toLowerCase();
      if (!tokenShape.test(text)) return undefined;
      const bytes = fromBase32(text);
      const id = bytes.subarray(0, 16);
      return timingSafeEqual(bytes.subarray(16, 16 + tagBytes), tag(tenantId, id))
        ? id.toString('base64url')
        : undefined;
    },
  };
};

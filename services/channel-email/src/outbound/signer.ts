import DKIM from 'nodemailer/lib/dkim';
import type { SigningKey } from '../domain/signing';
import { domainOf, keyFor, signedHeaders } from '../domain/signing';

/** Puts a DKIM signature (RFC 6376, rsa-sha256) in front of a mail; without a key for its sender the mail stays as it is. */
export type Signer = (fromAddress: string, raw: Buffer) => Promise<Buffer>;

export const createSigner = (keys: readonly SigningKey[]): Signer => {
  return async (fromAddress, raw) => {
    const key = keyFor(keys, domainOf(fromAddress));
    if (!key) return raw;
    const dkim = new DKIM({
      domainName: key.domain,
      keySelector: key.selector,
      privateKey: key.privateKey,
      headerFieldNames: signedHeaders.join(':'),
    });
    const pieces: Buffer[] = [];
    for await (const piece of dkim.sign(raw)) pieces.push(piece as Buffer);
    return Buffer.concat(pieces);
  };
};

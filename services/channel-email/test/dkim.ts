import type { KeyObject } from 'node:crypto';
import { createHash, createVerify } from 'node:crypto';

// A verifier of its own, after RFC 6376: nothing of what signs is used here.

const relaxedBody = (body: string): string => {
  const lines = body.split('\r\n').map((line) => line.replace(/[ \t]+/g, ' ').replace(/ $/, ''));
  while (lines.at(-1) === '') lines.pop();
  return lines.length === 0 ? '' : `${lines.join('\r\n')}\r\n`;
};

const relaxedHeader = (field: string): string => {
  const colon = field.indexOf(':');
  const value = field
    .slice(colon + 1)
    .replace(/\r\n/g, '')
    .replace(/[ \t]+/g, ' ')
    .trim();
  return `${field.slice(0, colon).trim().toLowerCase()}:${value}`;
};

const tagsOf = (value: string): Record<string, string> =>
  Object.fromEntries(
    value
      .split(';')
      .map((tag) => tag.trim())
      .filter(Boolean)
      .map((tag) => [tag.slice(0, tag.indexOf('=')).trim(), tag.slice(tag.indexOf('=') + 1).trim()]),
  );

export interface Verified {
  readonly domain: string;
  readonly selector: string;
  /** Names of the headers that the signature covers, in small letters. */
  readonly covers: string[];
  readonly bodyIntact: boolean;
  readonly signatureValid: boolean;
}

/** What the first DKIM signature of a mail is worth; undefined for a mail without one. */
export function verifyDkim(raw: string, publicKey: KeyObject): Verified | undefined {
  const end = raw.indexOf('\r\n\r\n');
  const fields = raw.slice(0, end).split(/\r\n(?![ \t])/);
  const signature = fields.find((field) => /^dkim-signature:/i.test(field));
  if (!signature) return undefined;
  const tags = tagsOf(signature.slice(signature.indexOf(':') + 1).replace(/\r\n/g, ''));
  const covers = tags['h']!.split(':').map((name) => name.trim().toLowerCase());
  // Of several headers of one name the last counts first.
  const left = fields.filter((field) => field !== signature).reverse();
  const signed = covers.flatMap((name) => {
    const at = left.findIndex((field) => field.slice(0, field.indexOf(':')).trim().toLowerCase() === name);
    return at < 0 ? [] : left.splice(at, 1).map(relaxedHeader);
  });
  const own = relaxedHeader(signature.replace(/(;\s*b=)[^;]*/, '$1'));
  const hash = createHash('sha256')
    .update(relaxedBody(raw.slice(end + 4)), 'latin1')
    .digest('base64');
  const verify = createVerify('RSA-SHA256').update([...signed, own].join('\r\n'), 'latin1');
  return {
    domain: tags['d']!,
    selector: tags['s']!,
    covers,
    bodyIntact: tags['bh']!.replace(/\s/g, '') === hash,
    signatureValid: verify.verify(publicKey, tags['b']!.replace(/\s/g, ''), 'base64'),
  };
}

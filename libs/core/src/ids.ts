import { hash } from 'node:crypto';
import { v7 } from 'uuid';

/** A new id that sorts by the time it was made (UUID version 7). */
export const newId = (): string => v7();

const scratch = Buffer.allocUnsafe(4096);

/** SHA-256 over the parts, as text: making a buffer of the digest costs as much again as hashing. */
const digest = (parts: string[], encoding: 'hex' | 'base64url' | 'binary'): string => {
  let longest = 0;
  for (const part of parts) longest += 4 + part.length * 3;
  // One call on one buffer: a hash object and an update per part cost several times as much on the hot path.
  const bytes = longest <= scratch.length ? scratch : Buffer.allocUnsafe(longest);
  let at = 0;
  for (const part of parts) {
    const length = bytes.write(part, at + 4);
    bytes.writeUInt32BE(length, at);
    at += 4 + length;
  }
  return hash('sha256', bytes.subarray(0, at), encoding);
};

/** First 16 bytes of SHA-256 over the parts. Each part carries its length, so ('ab','c') and ('a','bc') differ. */
export const hash16 = (...parts: string[]): Buffer => {
  const bytes = Buffer.allocUnsafe(16);
  bytes.write(digest(parts, 'binary'), 0, 16, 'latin1');
  return bytes;
};

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
// 16 bytes end within the 22nd character: of its six bits only the upper two belong to them.
const lastOf = new Map([...alphabet].map((character, value) => [character, alphabet[value & 0b110000] as string]));

/** The same 16 bytes as `hash16`, as 22 URL-safe characters. */
export const hash16Text = (...parts: string[]): string => {
  const text = digest(parts, 'base64url');
  return text.slice(0, 21) + lastOf.get(text[21] as string);
};

const dashed = (hex: string): string =>
  `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20, 32)}`;

const variants = '89ab';

/** A UUID of the hexadecimal digits, marked with its version and the variant of RFC 9562. */
const marked = (hex: string, version: number): string =>
  dashed(
    `${hex.slice(0, 12)}${version}${hex.slice(13, 16)}${variants[Number.parseInt(hex[16] as string, 16) & 3]}${hex.slice(17)}`,
  );

/** The same parts always give the same id (UUID version 8: "made by our own rule"). */
export const uuidFromHash = (...parts: string[]): string => marked(digest(parts, 'hex'), 8);

/** The same time and parts always give the same id, and ids sort by time like those of `newId`. */
export const idFrom = (timeMs: number, ...parts: string[]): string => {
  const time = Math.min(Math.max(Math.trunc(timeMs), 0), 0xffff_ffff_ffff);
  return marked(time.toString(16).padStart(12, '0') + digest(parts, 'hex').slice(12), 7);
};

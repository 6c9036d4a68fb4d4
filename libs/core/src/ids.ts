import { hash } from 'node:crypto';
import { v7 } from 'uuid';

/** A new id that sorts by the time it was made (UUID version 7). */
export const newId = (): string => v7();

const scratch = Buffer.allocUnsafe(4096);

/** First 16 bytes of SHA-256 over the parts. Each part carries its length, so ('ab','c') and ('a','bc') differ. */
export const hash16 = (...parts: string[]): Buffer => {
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
  return hash('sha256', bytes.subarray(0, at), 'buffer').subarray(0, 16);
};

const dashed = (hex: string): string =>
  `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;

const marked = (bytes: Buffer, version: number): string => {
  bytes[6] = (bytes[6]! & 0x0f) | (version << 4);
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  return dashed(bytes.toString('hex'));
};

/** The same parts always give the same id (UUID version 8: "made by our own rule"). */
export const uuidFromHash = (...parts: string[]): string => marked(Buffer.from(hash16(...parts)), 8);

/** The same time and parts always give the same id, and ids sort by time like those of `newId`. */
export const idFrom = (timeMs: number, ...parts: string[]): string => {
  const bytes = Buffer.from(hash16(...parts));
  bytes.writeUIntBE(Math.min(Math.max(Math.trunc(timeMs), 0), 0xffff_ffff_ffff), 0, 6);
  return marked(bytes, 7);
};

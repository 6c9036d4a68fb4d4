/**
 * Where an event stands. A row key is `hash of tenant and contact point (16) ‖ place (18)`; the place is
 * `time in ms (6) ‖ hash of source and aggregate (8) ‖ sequence number (4)`, all big-endian, so that bytes sort as
 * time does and events of one aggregate that share a millisecond keep their order.
 */
export const POINT_BYTES = 16;
export const PLACE_BYTES = 18;
export const KEY_BYTES = POINT_BYTES + PLACE_BYTES;

const MAX_TIME = 0xffff_ffff_ffff;

/** Text as it lies in some bytes. */
export interface Span {
  bytes: Uint8Array;
  start: number;
  end: number;
}

const NO_NUMBER = -1;

/** The number behind the last slash of an event id, or -1 when there is none that fits four bytes. */
export const sequenceIn = (bytes: Uint8Array, start: number, end: number): number => {
  let seq = 0;
  let factor = 1;
  let i = end - 1;
  for (; i > start && end - i <= 10; i--, factor *= 10) {
    const digit = bytes[i]! - 48;
    if (digit < 0 || digit > 9) break;
    seq += digit * factor;
  }
  return i > start && i < end - 1 && bytes[i] === 0x2f && seq <= 0xffff_ffff ? seq : NO_NUMBER;
};

const mix = (hash: number): number => {
  let h = hash;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
};

const PRIME = 0x01000193;

/**
 * Writes the place of an event whose source and id lie in `bytes`. `<aggregate>/<seq>` splits at its last slash; any
 * other id is an aggregate of one event. Two 32-bit hashes run side by side: a digest per event would cost more than
 * everything else here.
 */
export const writePlace = (into: Buffer, at: number, timeMs: number, source: Span, id: Span): void => {
  const seq = sequenceIn(id.bytes, id.start, id.end);
  let end = id.end;
  if (seq !== NO_NUMBER) while (id.bytes[--end] !== 0x2f);
  let a = 0x9747b28c;
  let b = 0x1b873593;
  for (let i = source.start; i < source.end; i++) {
    a = Math.imul(a ^ source.bytes[i]!, PRIME);
    b = Math.imul(b ^ source.bytes[i]!, 0x5bd1e995) + 0x52dce729;
  }
  // Keeps source `ab` + id `c` apart from source `a` + id `bc`.
  a = Math.imul(a ^ 0xffff, PRIME);
  for (let i = id.start; i < end; i++) {
    a = Math.imul(a ^ id.bytes[i]!, PRIME);
    b = Math.imul(b ^ id.bytes[i]!, 0x5bd1e995) + 0x52dce729;
  }
  const time = timeMs < 0 ? 0 : timeMs > MAX_TIME ? MAX_TIME : timeMs;
  const high = Math.floor(time / 0x1_0000_0000);
  word(into, at - 2, high, 2);
  word(into, at + 2, time, 0);
  word(into, at + 6, mix(a ^ Math.imul(b, 3)), 0);
  word(into, at + 10, mix(b ^ (end - id.start)), 0);
  word(into, at + 14, seq === NO_NUMBER ? 0 : seq, 0);
};

const word = (into: Buffer, at: number, value: number, from: number): void => {
  for (let i = from; i < 4; i++) into[at + i] = value >>> (24 - i * 8);
};

/** The place part of a row key. */
export const placeOf = (key: Uint8Array): Buffer => Buffer.from(key.buffer, key.byteOffset + POINT_BYTES, PLACE_BYTES);

/** Time of a place, milliseconds since the epoch. */
export const timeOfPlace = (place: Buffer): number => place.readUIntBE(0, 6);

/** The first place of a millisecond. */
export const placeAt = (timeMs: number): Buffer => {
  const place = Buffer.alloc(PLACE_BYTES);
  place.writeUIntBE(Math.min(Math.max(Math.trunc(timeMs), 0), MAX_TIME), 0, 6);
  return place;
};

export const firstPlace = Buffer.alloc(PLACE_BYTES, 0);
export const lastPlace = Buffer.alloc(PLACE_BYTES, 0xff);

/** A row key from its two halves. */
export const rowKey = (point: Buffer, place: Buffer): Buffer => Buffer.concat([point, place], KEY_BYTES);

// 64 characters in the order of their codes, so that cursors compare as text exactly as places compare as bytes.
const alphabet = '-0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz';
const codes = Buffer.from(alphabet, 'latin1');
const values = new Int8Array(128).fill(-1);
for (let i = 0; i < 64; i++) values[codes[i]!] = i;
export const CURSOR_LENGTH = 24;

/** Writes the cursor of a place as 24 characters; larger text is later. */
export const writeCursor = (into: Uint8Array, at: number, from: Uint8Array, start: number): void => {
  let out = at;
  for (let i = start; i < start + PLACE_BYTES; i += 3) {
    const word = (from[i]! << 16) | (from[i + 1]! << 8) | from[i + 2]!;
    into[out++] = codes[word >> 18]!;
    into[out++] = codes[(word >> 12) & 63]!;
    into[out++] = codes[(word >> 6) & 63]!;
    into[out++] = codes[word & 63]!;
  }
};

export const cursorOf = (place: Buffer): string => {
  const text = Buffer.alloc(CURSOR_LENGTH);
  writeCursor(text, 0, place, 0);
  return text.toString('latin1');
};

/** Reads a cursor back; undefined when it is none. */
export const placeFromCursor = (cursor: string): Buffer | undefined => {
  if (cursor.length !== CURSOR_LENGTH) return undefined;
  const place = Buffer.alloc(PLACE_BYTES);
  for (let i = 0, out = 0; i < CURSOR_LENGTH; i += 4, out += 3) {
    let word = 0;
    for (let j = i; j < i + 4; j++) {
      const code = cursor.charCodeAt(j);
      const value = code < 128 ? values[code]! : -1;
      if (value < 0) return undefined;
      word = (word << 6) | value;
    }
    place.writeUIntBE(word, out, 3);
  }
  return place;
};

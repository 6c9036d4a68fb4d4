import { journeyV1 } from '@throughline/proto';
import type { Row } from '../domain/merge';
import { CURSOR_LENGTH, POINT_BYTES, writeCursor } from '../domain/place';

const CURSOR_TAG = 0x6a;
const CURSOR_BYTES = 2 + CURSOR_LENGTH;
const ENTRIES_TAG = 0x0a;
const NEXT_TAG = 0x12;
const PREVIOUS_TAG = 0x1a;

const varintSize = (value: number): number => (value < 0x80 ? 1 : value < 0x4000 ? 2 : value < 0x200000 ? 3 : 4);

const writeVarint = (into: Buffer, at: number, value: number): number => {
  let rest = value;
  let out = at;
  while (rest > 0x7f) {
    into[out++] = (rest & 0x7f) | 0x80;
    rest >>>= 7;
  }
  into[out++] = rest;
  return out;
};

const entrySize = (row: Row): number => row.e.length + CURSOR_BYTES;

/** Writes `tag, length, entry, cursor`: the stored bytes as they are, the cursor from the row's key behind them. */
const writeEntry = (into: Buffer, at: number, tag: number, row: Row): number => {
  into[at] = tag;
  let out = writeVarint(into, at + 1, entrySize(row));
  into.set(row.e, out);
  out += row.e.length;
  into[out++] = CURSOR_TAG;
  into[out++] = CURSOR_LENGTH;
  writeCursor(into, out, row._id, POINT_BYTES);
  return out + CURSOR_LENGTH;
};

const writeText = (into: Buffer, at: number, tag: number, text: string): number => {
  if (text === '') return at;
  into[at] = tag;
  const out = writeVarint(into, at + 1, text.length);
  return out + into.write(text, out, 'latin1');
};

/** An encoded GetTimelineResponse. Entries are copied, never decoded. Tokens are plain ASCII. */
export const timelineResponse = (rows: Row[], next: string, previous: string): Buffer => {
  let size = next.length + previous.length + 8;
  for (const row of rows) size += 1 + varintSize(entrySize(row)) + entrySize(row);
  const bytes = Buffer.allocUnsafe(size);
  let at = 0;
  for (const row of rows) at = writeEntry(bytes, at, ENTRIES_TAG, row);
  at = writeText(bytes, at, NEXT_TAG, next);
  at = writeText(bytes, at, PREVIOUS_TAG, previous);
  return bytes.subarray(0, at);
};

/** A row as a message. The cold path: streams, look-ups and tests. */
export const readEntry = (bytes: Uint8Array, key?: Buffer): journeyV1.TimelineEntry => {
  const entry = journeyV1.TimelineEntry.decode(bytes);
  if (key) {
    const cursor = Buffer.alloc(CURSOR_LENGTH);
    writeCursor(cursor, 0, key, POINT_BYTES);
    entry.cursor = cursor.toString('latin1');
  }
  return entry;
};

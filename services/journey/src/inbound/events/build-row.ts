import { KEY_BYTES, POINT_BYTES, sequenceIn, writePlace } from '../../domain/place';
import type { TimelineRow } from '../../use-cases/ports';
import { createEntryWriter } from './entry-writer';
import type { KnownPoint } from './points';
import type { Rendering } from './render/render';
import type { SpanEvent } from './span-event';

const KEYS_PER_BLOCK = 2_000;

/** `<tenant>/<conversation>`: what later events without a contact point are placed by. */
export const conversationOf = (event: SpanEvent): string => `${event.tenantId}/${event.conversationId}`;

/** Makes rows out of events. The same event always makes the same bytes, so a rebuilt timeline is identical. */
export const createRowBuilder = () => {
  const writeEntry = createEntryWriter(1024 * 1024);
  let keys = Buffer.allocUnsafe(0);
  let at = 0;
  const source = { bytes: keys as Uint8Array, start: 0, end: 0 };
  const id = { bytes: keys as Uint8Array, start: 0, end: 0 };
  return (event: SpanEvent, known: KnownPoint, rendering: Rendering): TimelineRow => {
    if (at + KEY_BYTES > keys.length) {
      keys = Buffer.allocUnsafe(KEY_BYTES * KEYS_PER_BLOCK);
      at = 0;
    }
    for (let i = 0; i < POINT_BYTES; i++) keys[at + i] = known.key[i]!;
    source.bytes = id.bytes = event.raw;
    source.start = event.sourceStart;
    source.end = event.sourceEnd;
    id.start = event.idStart;
    id.end = event.idEnd;
    writePlace(keys, at + POINT_BYTES, event.timeMs, source, id);
    const row: TimelineRow = { _id: keys.subarray(at, at + KEY_BYTES), e: writeEntry(event, known.text, rendering) };
    at += KEY_BYTES;
    // Only the first event of an aggregate is found by its conversation: the sparse index stays small.
    const opens = event.conversationEnd > event.conversationStart && event.pointEnd > event.pointStart;
    if (opens && sequenceIn(event.raw, event.idStart, event.idEnd) === 1) row.o = conversationOf(event);
    return row;
  };
};

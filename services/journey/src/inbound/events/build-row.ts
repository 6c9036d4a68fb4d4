import { POINT_BYTES, sequenceIn, writePlace } from '../../domain/place';
import type { RowBlock } from '../../use-cases/ports';
import { createEntryWriter } from './entry-writer';
import type { KnownPoint } from './points';
import type { Rendering } from './render/render';
import type { SpanEvent } from './span-event';

/** `<tenant>/<conversation>`: what later events without a contact point are placed by. */
export const conversationOf = (event: SpanEvent): string => `${event.tenantId}/${event.conversationId}`;

/**
 * Writes rows made of events; gives the row's opening when it has one. The same event always makes the same bytes, so a rebuilt timeline
 * is identical.
 */
export const createRowBuilder = () => {
  const writeEntry = createEntryWriter();
  const source = { bytes: Buffer.alloc(0) as Uint8Array, start: 0, end: 0 };
  const id = { bytes: source.bytes, start: 0, end: 0 };
  return (rows: RowBlock, event: SpanEvent, known: KnownPoint, rendering: Rendering): string | undefined => {
    const end = writeEntry(rows, event, known.text, rendering);
    const { bytes, keyAt } = rows;
    for (let i = 0; i < POINT_BYTES; i++) bytes[keyAt + i] = known.key[i]!;
    source.bytes = id.bytes = event.raw;
    source.start = event.sourceStart;
    source.end = event.sourceEnd;
    id.start = event.idStart;
    id.end = event.idEnd;
    writePlace(bytes, keyAt + POINT_BYTES, event.timeMs, source, id);
    // Only the first event of an aggregate is found by its conversation: the sparse index stays small.
    const opens = event.conversationEnd > event.conversationStart && event.pointEnd > event.pointStart;
    const first = opens && sequenceIn(event.raw, event.idStart, event.idEnd) === 1;
    const opening = first ? conversationOf(event) : undefined;
    rows.close(end, opening);
    return opening;
  };
};

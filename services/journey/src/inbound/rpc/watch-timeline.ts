import { Refusal } from '@throughline/core';
import type { journeyV1 } from '@throughline/proto';
import type { Call } from '@throughline/rpc';
import { placeFromCursor } from '../../domain/place';
import { watchTimeline as watchRows } from '../../use-cases/watch-timeline';
import { readEntry } from '../../wire/entry';
import type { Deps } from './deps';

const REFRESH_MS = 5_000;

const placeOf = (cursor: string): Buffer => {
  const place = placeFromCursor(cursor);
  if (place) return place;
  const description = 'pass the cursor of an entry, unchanged, or none';
  throw new Refusal('invalid', 'CURSOR_INVALID', `after_cursor: ${description}`, {
    violations: [{ field: 'after_cursor', rule: 'cursor', description }],
  });
};

/** A customer's entries as they are filed; with a cursor, first those that came after it. */
export const watchTimeline = ({ timeline, basesOf, live }: Deps) =>
  async function* (
    request: journeyV1.WatchTimelineRequest,
    call: Call,
  ): AsyncGenerator<journeyV1.WatchTimelineResponse> {
    const cursor = request.afterCursor || call.lastEventId;
    const watch = {
      bases: () => basesOf(call.caller.tenantId, request.customerId),
      after: cursor ? placeOf(cursor) : undefined,
      signal: call.signal,
      refreshMs: REFRESH_MS,
    };
    for await (const row of watchRows(timeline, live, watch)) {
      const entry = readEntry(row.e, row._id);
      yield { cursor: entry.cursor, entry };
    }
  };

import { Refusal } from '@throughline/core';
import { pointKeyOf } from '../domain/contact';
import type { Row } from '../domain/merge';
import { mergeRows } from '../domain/merge';
import { lastPlace, placeOf } from '../domain/place';
import type { LiveRows, Timeline } from './ports';

export interface Watch {
  /** Contact points of the customer, asked again now and then because links change them. */
  bases: () => Promise<string[]>;
  /** Place of the last entry already seen; undefined: only what comes from now on. */
  after: Buffer | undefined;
  signal: AbortSignal;
  refreshMs: number;
}

const CHUNK = 200;
/** Rows that wait for a slow reader before it is sent away to come back with its cursor. */
const MOST_WAITING = 10_000;

const tooSlow = (): Refusal =>
  new Refusal(
    'unavailable',
    'WATCHER_TOO_SLOW',
    'entries come faster than they are read: come back with the last cursor',
  );

/** Everything behind a place, oldest first, in chunks. */
async function* readOn(timeline: Timeline, bases: string[], after: Buffer): AsyncGenerator<Row> {
  for (let place = after; ; ) {
    const range = { after: place, before: lastPlace, oldestFirst: true, limit: CHUNK };
    const pages = await Promise.all(bases.map((base) => timeline.range({ ...range, point: pointKeyOf(base) })));
    const rows = mergeRows(
      pages.map((page) => page.rows),
      CHUNK,
      true,
    );
    yield* rows;
    if (rows.length < CHUNK) return;
    place = Buffer.from(placeOf(rows.at(-1)!._id));
  }
}

/**
 * A customer's entries as they are filed, each once. The feed is open before the past is read, so nothing falls in
 * between; what both of them tell is told once.
 */
export async function* watchTimeline(timeline: Timeline, live: LiveRows, watch: Watch): AsyncGenerator<Row> {
  const queue: Row[] = [];
  let last = watch.after;
  let gap = false;
  let wake = () => {};
  const listener = {
    row: (row: Row) => {
      queue.push(row);
      wake();
    },
    gap: () => {
      gap = true;
      wake();
    },
  };
  const keys = async () => (await watch.bases()).map(pointKeyOf);
  const subscription = await live.listen(await keys(), listener);
  // A link made meanwhile is no reason to end the stream.
  const refresh = setInterval(() => void keys().then(subscription.points, () => undefined), watch.refreshMs);
  const aborted = () => wake();
  watch.signal.addEventListener('abort', aborted);
  const told = new Set<string>();
  const isNew = (row: Row): boolean => {
    const name = placeOf(row._id).toString('latin1');
    if (told.has(name)) return false;
    // Only what the past and the feed may both tell needs remembering, and that is recent.
    if (told.size >= MOST_WAITING) told.delete(told.values().next().value!);
    told.add(name);
    const place = placeOf(row._id);
    if (!last || place.compare(last) > 0) last = Buffer.from(place);
    return true;
  };
  try {
    if (last) for await (const row of readOn(timeline, await watch.bases(), last)) if (isNew(row)) yield row;
    while (!watch.signal.aborted) {
      if (queue.length > MOST_WAITING) throw tooSlow();
      if (gap && last) {
        gap = false;
        for await (const row of readOn(timeline, await watch.bases(), last)) if (isNew(row)) yield row;
      }
      const row = queue.shift();
      if (row) {
        if (isNew(row)) yield row;
        continue;
      }
      await new Promise<void>((resolve) => {
        wake = resolve;
        if (queue.length > 0 || gap || watch.signal.aborted) resolve();
      });
    }
  } finally {
    clearInterval(refresh);
    watch.signal.removeEventListener('abort', aborted);
    await subscription.stop();
  }
}

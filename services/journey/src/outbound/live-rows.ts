import type { Feed, Store } from '@throughline/store';
import { watchInserts } from '@throughline/store';
import type { mongo } from 'mongoose';
import { POINT_BYTES } from '../domain/place';
import type { Listener, LiveRows } from '../use-cases/ports';

const bytesOf = (value: Buffer | mongo.Binary): Buffer =>
  Buffer.isBuffer(value) ? value : Buffer.from(value.buffer.subarray(0, value.position));

/** One change feed for all who watch; it is open only while somebody does. */
export const createLiveRows = (store: Store): LiveRows => {
  const byPoint = new Map<string, Set<Listener>>();
  const options = {
    projection: { _id: 1, e: 1 },
    onError: () => {
      for (const listeners of byPoint.values()) for (const listener of listeners) listener.gap();
    },
  };
  const tell = (doc: { _id: Buffer | mongo.Binary; e: Buffer | mongo.Binary }): void => {
    const key = bytesOf(doc._id);
    const listeners = byPoint.get(key.toString('latin1', 0, POINT_BYTES));
    if (!listeners) return;
    const row = { _id: key, e: bytesOf(doc.e) };
    for (const listener of listeners) listener.row(row);
  };
  let feed: Promise<Feed> | undefined;
  let open = 0;
  return {
    async listen(keys, listener) {
      let mine: string[] = [];
      const points = (next: Buffer[]): void => {
        for (const name of mine) {
          byPoint.get(name)?.delete(listener);
          if (byPoint.get(name)?.size === 0) byPoint.delete(name);
        }
        mine = next.map((key) => key.toString('latin1'));
        for (const name of mine) byPoint.set(name, (byPoint.get(name) ?? new Set()).add(listener));
      };
      points(keys);
      open++;
      feed ??= watchInserts(store, 'timeline', tell, options);
      await feed;
      let stopped = false;
      return {
        points,
        async stop() {
          if (stopped) return;
          stopped = true;
          points([]);
          if (--open > 0) return;
          const last = feed;
          feed = undefined;
          await (await last)?.stop();
        },
      };
    },
  };
};

import type { mongo } from 'mongoose';
import { dueAt, preciseNow } from '../workload/open-loop';
import { pause } from './children';
import { percentile } from './pairs';

export interface Latency {
  p50: number;
  p99: number;
  p999: number;
  events: number;
}

/** What open-loop events became of, by their number. */
export const createArrivals = (events: number) => {
  const last = new Float64Array(events);
  let distinct = 0;
  let latest = 0;
  return {
    /** Notes that something of event `n` is there now. An event is there when the last that it causes is. */
    see(n: number): void {
      if (!(n >= 0 && n < events)) return;
      if (last[n] === 0) distinct++;
      last[n] = preciseNow();
      latest = last[n]!;
    },
    distinct: () => distinct,
    /** When the last of them was seen. */
    latest: () => latest,
    /** Waits until every event has been seen and nothing more comes. */
    async complete(timeoutMs: number, alive: () => void): Promise<void> {
      for (const end = Date.now() + timeoutMs; distinct < events || preciseNow() - latest < 500; await pause(50)) {
        alive();
        if (Date.now() > end) throw new Error(`only ${distinct} of ${events} events arrived in time`);
      }
    },
    /** From when each was due to when it was there, without the first `warmUp` events. */
    latency(startAt: number, perSecond: number, warmUp: number): Latency {
      const times: number[] = [];
      for (let n = warmUp; n < events; n++) times.push(last[n]! - dueAt(startAt, perSecond, n));
      return {
        p50: percentile(times, 50),
        p99: percentile(times, 99),
        p999: percentile(times, 99.9),
        events: times.length,
      };
    },
  };
};

export type Arrivals = ReturnType<typeof createArrivals>;

/** Watches a collection for new rows: each is told when a majority has it, which is when anybody may read it. `field` names it. */
export const watchRows = async (
  rows: mongo.Collection,
  numberOf: (id: unknown) => number,
  arrivals: Arrivals,
  field?: string,
): Promise<{ stop(): Promise<void> }> => {
  const path = field ? `fullDocument.${field}` : 'documentKey._id';
  const stream = rows.watch([{ $match: { operationType: 'insert' } }, { $project: { name: `$${path}` } }], {
    promoteBuffers: true,
    batchSize: 5_000,
  } as mongo.ChangeStreamOptions);
  // Opening is lazy, and what happened before is not told.
  await stream.tryNext();
  let failure: unknown;
  const follow = async () => {
    while (!stream.closed) {
      const change = (await stream.next()) as unknown as { name: unknown };
      arrivals.see(numberOf(change.name));
    }
  };
  const following = follow().catch((error) => {
    if (!stream.closed) failure = error;
  });
  return {
    async stop() {
      await stream.close();
      await following;
      if (failure) throw failure;
    },
  };
};

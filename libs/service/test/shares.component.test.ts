import { setTimeout as pause } from 'node:timers/promises';
import type { Store } from '@throughline/store';
import { connectStore } from '@throughline/store';
import { noTelemetry } from '@throughline/telemetry';
import { testScope } from '@throughline/testing';
import { createShares } from '../src';

const scope = testScope('shares');
const store = connectStore({ url: scope.mongoUrl, db: scope.db, telemetry: noTelemetry() });
beforeAll(() => store.start());
afterAll(async () => {
  await store.db.dropDatabase();
  await store.stop();
});

const LEASE_MS = 3_000;
const SLOW_MS = 550;

/** The real database behind a disk that makes each write and each look take its time. */
const slowed = (): Pick<Store, 'db'> => {
  const db = new Proxy(store.db, {
    get(target, name) {
      if (name !== 'collection') return Reflect.get(target, name);
      return (collection: string) => {
        const real = target.collection(collection);
        return new Proxy(real, {
          get(_, method) {
            const value = Reflect.get(real, method) as unknown;
            if (method === 'updateMany') {
              return async (...args: Parameters<typeof real.updateMany>) => {
                await pause(SLOW_MS);
                return real.updateMany(...args);
              };
            }
            if (method === 'aggregate') {
              return (...args: Parameters<typeof real.aggregate>) => ({
                toArray: async () => {
                  await pause(SLOW_MS);
                  return real.aggregate(...args).toArray();
                },
              });
            }
            return typeof value === 'function' ? value.bind(real) : value;
          },
        });
      };
    },
  });
  return { db };
};

it('are held without a gap where a renewal takes a third of the lease', async () => {
  const faults: unknown[] = [];
  const shares = createShares({
    store: slowed(),
    owner: 'one',
    shards: 4,
    leaseMs: LEASE_MS,
    collection: 'slow_leases',
    failed: (error) => faults.push(error),
  });
  await shares.start();
  // The first renewal also takes what is free, which is twice the work.
  await pause(LEASE_MS / 2);
  const seen = new Set<number>();
  for (const end = performance.now() + 2 * LEASE_MS; performance.now() < end; await pause(20)) {
    seen.add(shares.mine().length);
  }
  await shares.stop();
  expect([...seen]).toEqual([4]);
  expect(faults).toEqual([]);
}, 60_000);

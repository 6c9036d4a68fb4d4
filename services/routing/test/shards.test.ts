import type { Inbox, Leases, Reads, Restored, ShardLog } from '../src/use-cases/ports';
import { createShards } from '../src/use-cases/shards';

const never = () => new Promise<never>(() => undefined);

/** Two shards on leases that the test gives, read as slowly as it wants. */
const createStage = () => {
  const told: string[] = [];
  let leased = [0, 1].map((shard) => ({ shard, fence: 1 }));
  let renewals = 0;
  const reading: { shard: number; done: (restored: Restored) => void }[] = [];
  const log: ShardLog = {
    append: async () => true,
    publish: async () => undefined,
    publishRest: async () => undefined,
    save: async () => undefined,
    note: async () => undefined,
    trim: async () => false,
    restore: (shard) => new Promise((done) => reading.push({ shard, done })),
  };
  const leases: Leases = {
    async renew() {
      renewals++;
      return { held: leased, surplus: [] };
    },
    release: async () => undefined,
    leave: async () => undefined,
  };
  let feeds = 0;
  const inbox: Inbox = {
    put: async () => undefined,
    answerOf: never,
    async watch() {
      feeds++;
      return { stop: async () => void feeds-- };
    },
    done: async () => undefined,
  };
  const shards = createShards({
    count: 2,
    leaseMs: 1_000,
    log,
    leases,
    inbox,
    reads: { many: async () => new Map(), lately: async () => [] } as unknown as Reads,
    now: Date.now,
    changed: () => undefined,
    facts: {
      taken: (shard, fence) => void told.push(`took ${shard} by ${fence}`),
      lost: (shard, why) => void told.push(`lost ${shard}: ${why}`),
      offered: () => undefined,
      failed: (error) => void told.push(`failed: ${error}`),
    },
  });
  const soon = () => new Promise((resolve) => setImmediate(resolve));
  /** Ends the reading of a shard that began first. */
  const read = async (shard: number) => {
    const [one] = reading.splice(
      reading.findIndex((other) => other.shard === shard),
      1,
    );
    one!.done({ seq: 0, docs: [], inbox: [] });
    await soon();
  };
  return {
    shards,
    told,
    soon,
    read,
    renewals: () => renewals,
    feeds: () => feeds,
    lease: (next: typeof leased) => {
      leased = next;
    },
  };
};

test('leases are renewed while shards are still being read, and each counts once it is read', async () => {
  const { shards, told, read, renewals } = createStage();
  await shards.balance();
  await shards.balance();
  await shards.balance();
  expect([renewals(), told]).toEqual([3, []]);
  await read(1);
  expect(told).toEqual(['took 1 by 1']);
  await read(0);
  await shards.settled();
  expect(told).toEqual(['took 1 by 1', 'took 0 by 1']);
  await shards.stop();
});

test('a shard that somebody else had meanwhile is read anew, and the old reading counts for nothing', async () => {
  const { shards, told, soon, read, lease, feeds } = createStage();
  await shards.balance();
  await soon();
  lease([{ shard: 0, fence: 3 }]);
  await shards.balance();
  await soon();
  expect(shards.owned()).toEqual([0]);
  // The readings that began under the lost leases end.
  await read(0);
  await read(1);
  expect(told).toEqual([]);
  await read(0);
  await shards.settled();
  expect(told).toEqual(['took 0 by 3']);
  expect(feeds()).toBe(1);
  await shards.stop();
  expect(feeds()).toBe(0);
});

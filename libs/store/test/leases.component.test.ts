import { noTelemetry } from '@throughline/telemetry';
import { testScope } from '@throughline/testing';
import { connectStore, createLeases } from '../src';

const scope = testScope('leases');
const store = connectStore({ url: scope.mongoUrl, db: scope.db, telemetry: noTelemetry(), countCommands: true });
const SHARDS = 6;
const LEASE_MS = 2_000;

let collection = '';
let count = 0;
const process_ = (owner: string) => createLeases({ store, owner, shards: SHARDS, leaseMs: LEASE_MS, collection });
const shardsOf = (list: { shard: number }[]) => list.map(({ shard }) => shard);
const all = Array.from({ length: SHARDS }, (_, shard) => shard);

beforeAll(() => store.start(), 30_000);
beforeEach(() => {
  collection = `leases_${count++}`;
});
afterAll(async () => {
  await store.db.dropDatabase();
  await store.stop();
}, 30_000);

test('one process has everything; renewing keeps the fences and costs two commands', async () => {
  const a = process_('a');
  expect(a.mine()).toEqual([]);
  const first = await a.renew();
  expect(first).toEqual({ held: all.map((shard) => ({ shard, fence: 1 })), surplus: [] });
  store.takeCommandCounts();
  expect(await a.renew()).toEqual(first);
  expect(store.takeCommandCounts()).toEqual({ update: 1, aggregate: 1 });
  expect(a.mine()).toEqual(first.held);
}, 30_000);

test('what is more than a fair share stays leased until it is released; then the other one gets it with a higher fence', async () => {
  const a = process_('a');
  const b = process_('b');
  await a.renew();
  expect((await b.renew()).held).toEqual([]);
  const { held, surplus } = await a.renew();
  expect([held.length, surplus.length]).toEqual([3, 3]);
  expect(shardsOf(a.mine())).toEqual(shardsOf(held));
  // Nothing is given away before its work has ended.
  expect((await b.renew()).held).toEqual([]);
  await a.release(shardsOf(surplus));
  const taken = (await b.renew()).held;
  expect(taken).toEqual(surplus.map(({ shard }) => ({ shard, fence: 2 })));
  expect([...shardsOf(a.mine()), ...shardsOf(taken)].sort()).toEqual(all);
}, 30_000);

test('a silent holder no longer counts on its leases; others take them with a higher fence, and it sees that when it comes back', async () => {
  const a = process_('a');
  const b = process_('b');
  await a.renew();
  const end = Date.now() + 15_000;
  while (b.mine().length < SHARDS && Date.now() < end) {
    await b.renew();
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  expect(b.mine()).toEqual(all.map((shard) => ({ shard, fence: 2 })));
  expect(a.mine()).toEqual([]);
  // Awake again, it releases nothing that is not its own.
  await a.release(all);
  expect((await b.renew()).held).toHaveLength(SHARDS);
  await b.release(all);
  for (const { fence } of (await a.renew()).held) expect(fence).toBe(3);
}, 30_000);

test('who slept through the end of its leases while nobody else came keeps them, with the same fence', async () => {
  const a = process_('a');
  await a.renew();
  await new Promise((resolve) => setTimeout(resolve, LEASE_MS + 300));
  expect(a.mine()).toEqual([]);
  expect((await a.renew()).held).toEqual(all.map((shard) => ({ shard, fence: 1 })));
}, 30_000);

test('who leaves is no longer counted: the other one takes all at once', async () => {
  const a = process_('a');
  const b = process_('b');
  await a.renew();
  await b.renew();
  await a.leave();
  expect(a.mine()).toEqual([]);
  expect(shardsOf((await b.renew()).held)).toEqual(all);
  // And may come back.
  await a.renew();
  expect((await b.renew()).surplus).toHaveLength(3);
}, 30_000);

test('many who come at once never hold the same shard', async () => {
  const many = Array.from({ length: 5 }, (_, i) => process_(`p${i}`));
  for (let round = 0; round < 4; round++) {
    const results = await Promise.all(many.map((leases) => leases.renew()));
    const held = results.flatMap((result) => shardsOf([...result.held, ...result.surplus]));
    expect(new Set(held).size).toBe(held.length);
    await Promise.all(many.map((leases, i) => leases.release(shardsOf(results[i]!.surplus))));
  }
  const final = many.map((leases) => leases.mine().length);
  expect(final.reduce((sum, n) => sum + n, 0)).toBe(SHARDS);
  expect(Math.max(...final)).toBe(2);
}, 30_000);

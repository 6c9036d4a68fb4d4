import type { Producer } from '@throughline/bus';
import { noTelemetry } from '@throughline/telemetry';
import type { Decision, Loaded } from '../src';
import {
  applyMigrations,
  assertIndexes,
  connectStore,
  createAggregates,
  createIndexes,
  parkedKeys,
  watchInserts,
} from '../src';
import { event, recorder } from './support/recorder';

type Count = { n: number };
const store = connectStore({
  url: process.env.MONGO_URL!,
  db: `store-test-${process.pid}-${Date.now()}`,
  telemetry: noTelemetry(),
  countCommands: true,
});
beforeAll(() => store.start());
afterAll(async () => {
  await store.db.dropDatabase();
  await store.stop();
});

const counters = (producer: Producer, instanceId: string, collection = 'counters', publishWaitMs = 2_000) =>
  createAggregates<Count>({
    store,
    collection,
    producer,
    instanceId,
    publishWaitMs,
    topic: 't.v1',
    source: '/test',
    toDoc: ({ n }) => ({ n }),
    fromDoc: (doc) => ({ n: doc.n as number }),
  });
const plusOne = (current: Loaded<Count> | undefined): Decision<Count> => ({
  state: { n: (current?.state.n ?? 0) + 1 },
  events: [event()],
});
const fingerprint = 'f';

test('thirty writers at once: every change counts once and events are numbered without a gap', async () => {
  const { producer, published } = recorder();
  const both = [counters(producer, 'a'), counters(producer, 'b')];
  const writes = Array.from({ length: 30 }, (_, i) => async () => {
    for (;;) {
      try {
        return await both[i % 2]!.change('race', plusOne, { tenantId: 'acme' });
      } catch (error) {
        if ((error as { reason?: string }).reason !== 'CHANGED_MEANWHILE') throw error;
      }
    }
  });
  await Promise.all(writes.map((write) => write()));
  expect((await both[0]!.load('acme/race'))?.state.n).toBe(30);
  expect([...new Set(published)].sort()).toEqual(Array.from({ length: 30 }, (_, i) => `acme/race/${i + 1}`).sort());
});

test('a writer that died between write and publish: the next writer publishes its events first', async () => {
  const dead = recorder();
  dead.fail(new Error('killed here'));
  await expect(
    counters(dead.producer, 'dead').changeMany([{ id: 'left', tenantId: 'acme' }], (_, current) => plusOne(current)),
  ).rejects.toThrow('killed here');
  const { producer, published } = recorder();
  const next = counters(producer, 'next');
  await next.changeMany([{ id: 'left', tenantId: 'acme' }], (_, current) => plusOne(current));
  expect(published).toEqual(['acme/left/1', 'acme/left/2']);
  // Redelivery decides nothing new, but what may be unpublished still goes out; its own is known to be out.
  await next.changeMany([{ id: 'left', tenantId: 'acme' }], () => undefined);
  expect(published).toHaveLength(2);
  await counters(producer, 'third').changeMany([{ id: 'left', tenantId: 'acme' }], () => undefined);
  expect(published).toEqual(['acme/left/1', 'acme/left/2', 'acme/left/2']);
});

test('a command is done once it is durable; the sweeper publishes what Kafka did not take, once', async () => {
  const away = recorder();
  away.fail(new Error('Kafka is away'));
  const first = counters(away.producer, 'first', 'swept');
  expect((await first.change('s', plusOne, { tenantId: 'acme' })).state).toEqual({ n: 1 });
  const { producer, published } = recorder();
  const { sweeper } = counters(producer, 'next', 'swept');
  expect(await sweeper.sweep(0)).toBe(1);
  expect(await sweeper.sweep(0)).toBe(0);
  expect(published).toEqual(['acme/s/1']);
});

test('what nobody delivers again is swept when its writer died, whatever time that believed it was; what is, is not marked', async () => {
  const dead = recorder();
  dead.fail(new Error('killed here'));
  const timer = counters(dead.producer, 'dead', 'timers');
  const ids = ['a', 'b'].map((id) => ({ id, tenantId: 'acme' }));
  await expect(timer.changeMany(ids, (_, current) => plusOne(current))).rejects.toThrow('killed here');
  const consumer = timer.changeMany([{ id: 'c', tenantId: 'acme' }], (_, current) => plusOne(current), {
    redelivered: true,
  });
  await expect(consumer).rejects.toThrow('killed here');
  const tomorrow = { $set: { unpublishedSince: new Date(Date.now() + 86_400_000) } };
  await timer.collection.updateOne({ _id: 'acme/a' } as never, tomorrow as never);
  const { producer, published } = recorder();
  const { sweeper } = counters(producer, 'next', 'timers');
  // Seen for the first time it may still be on its way.
  expect(await sweeper.sweep(50)).toBe(0);
  await new Promise((resolve) => setTimeout(resolve, 60));
  expect(await sweeper.sweep(50)).toBe(2);
  expect(published.sort()).toEqual(['acme/a/1', 'acme/b/1']);
  expect(await sweeper.sweep(0)).toBe(0);
});

test('the marks of a batch are taken off together once it is published, and those of a later write stay', async () => {
  const { producer, published, fail } = recorder();
  const all = counters(producer, 'a', 'marks');
  const ids = ['a', 'b'].map((id) => ({ id, tenantId: 'acme' }));
  await all.changeMany(ids, (_, current) => plusOne(current));
  fail(new Error('Kafka is away'));
  await expect(all.changeMany(ids.slice(0, 1), (_, current) => plusOne(current))).rejects.toThrow('Kafka is away');
  store.takeCommandCounts();
  await all.stop();
  expect(store.takeCommandCounts()).toEqual({ update: 1 });
  const marked = await all.collection.find({ unpublishedSince: { $exists: true } }).toArray();
  expect(marked.map(({ _id }) => _id)).toEqual(['acme/a']);
  fail(undefined);
  expect(await counters(producer, 'next', 'marks').sweeper.sweep(0)).toBe(1);
  expect(published.filter((id) => id === 'acme/a/2')).toHaveLength(1);
});

test('commands go on while Kafka is away and later all their events are published in order', async () => {
  const { producer, published, fail } = recorder();
  const all = counters(producer, 'a', 'outage');
  fail(new Error('Kafka is away'));
  for (let i = 0; i < 3; i++) await all.change('o', plusOne, { tenantId: 'acme' });
  fail(undefined);
  await all.sweeper.sweep(0);
  expect(published).toEqual(['acme/o/1', 'acme/o/2', 'acme/o/3']);
  await all.change('o', plusOne, { tenantId: 'acme' });
  expect(published.slice(3)).toEqual(['acme/o/4']);
  await all.stop();
});

test('a writer that lost the race does not make the events of the winner look published', async () => {
  const { producer, published, fail } = recorder();
  const all = counters(producer, 'a', 'raced');
  const change = { id: 'acme/r', tenantId: 'acme', state: { n: 1 }, events: [event()] };
  fail(new Error('killed here'));
  await expect(all.writeBatch([change])).rejects.toThrow('killed here');
  fail(undefined);
  expect((await all.writeBatch([change])).conflicts).toEqual(['acme/r']);
  await all.changeMany([{ id: 'r', tenantId: 'acme' }], (_, current) => plusOne(current));
  expect(published).toEqual(['acme/r/1', 'acme/r/2']);
});

test('a command on a mute Kafka answers after its patience', async () => {
  let acknowledge = () => {};
  const acknowledged = new Promise<void>((resolve) => {
    acknowledge = resolve;
  });
  const mute: Producer = { publish: () => acknowledged, stats: () => ({ requests: 0, records: 0, bytes: 0 }) };
  const all = counters(mute, 'a', 'mute', 50);
  await all.change('m', plusOne, { tenantId: 'acme' });
  expect((await all.load('acme/m'))?.unpublished).toHaveLength(1);
  acknowledge();
  await acknowledged;
  await new Promise((resolve) => setImmediate(resolve));
  expect((await all.load('acme/m'))?.unpublished).toEqual([]);
  await all.stop();
  expect(await all.collection.countDocuments({ unpublishedSince: { $exists: true } })).toBe(0);
});

test('a repeated request gives the first answer; another body under its id is refused', async () => {
  const { producer, published } = recorder();
  const all = counters(producer, 'a');
  const request = { id: 'r1', fingerprint };
  const decide = (current: Loaded<Count> | undefined) => ({ ...plusOne(current), result: Buffer.from('first') });
  const answers = await Promise.all(
    Array.from({ length: 20 }, () => all.change('asked', decide, { tenantId: 'acme', request })),
  );
  expect(answers.map(({ result }) => result?.toString())).toEqual(Array(20).fill('first'));
  expect(answers.filter(({ repeated }) => !repeated)).toHaveLength(1);
  expect(new Set(published)).toEqual(new Set(['acme/asked/1']));
  await expect(
    all.change('asked', decide, { tenantId: 'acme', request: { id: 'r1', fingerprint: 'g' } }),
  ).rejects.toMatchObject({ reason: 'IDEMPOTENCY_KEY_REUSED' });
  await all.stop();
});

test('a batch of a thousand changes is one read and a handful of writes, without transactions', async () => {
  const { producer } = recorder();
  const all = counters(producer, 'a');
  const ids = Array.from({ length: 1_000 }, (_, i) => ({ id: `many-${i}`, tenantId: 'acme' }));
  store.takeCommandCounts();
  await all.changeMany(ids, (_, current) => plusOne(current));
  const { find = 0, getMore = 0, insert = 0, update = 0, ...others } = store.takeCommandCounts();
  expect(find + getMore + insert + update).toBeLessThanOrEqual(4);
  expect(others).toEqual({});
});

test('migrations run once however many processes start, and a missing index stops the start', async () => {
  let runs = 0;
  const migrations = [
    { id: '001', up: async () => void runs++ },
    { id: '002', up: async () => void runs++ },
  ];
  const applied = await Promise.all([1, 2, 3].map(() => applyMigrations(store, migrations)));
  expect(runs).toBe(2);
  expect(applied.flat().sort()).toEqual(['001', '002']);
  const specs = [{ collection: 'counters', name: 'by_n', keys: { n: 1 as const } }];
  await expect(assertIndexes(store, specs)).rejects.toThrow('counters.by_n is missing');
  await createIndexes(store, specs);
  await assertIndexes(store, specs);
});

test('parked keys survive and are freed by name', async () => {
  const keys = parkedKeys(store, 'g');
  const entry = { topic: 't', key: 'k', generation: 1, lastOffset: '5', reason: 'HANDLER_FAILED', since: new Date(0) };
  await keys.park([entry]);
  expect(await parkedKeys(store, 'g').load()).toEqual([entry]);
  expect(await parkedKeys(store, 'other').load()).toEqual([]);
  await keys.unpark([entry]);
  expect(await keys.load()).toEqual([]);
});

test('listeners share one change stream and hear every insert from their start', async () => {
  const heard: number[][] = [[], []];
  const feeds = await Promise.all(
    heard.map((list) => watchInserts<{ n: number }>(store, 'fed', ({ n }) => list.push(n), { match: { kind: 'yes' } })),
  );
  const docs = Array.from({ length: 50 }, (_, n) => ({ n, kind: n % 2 === 0 ? 'yes' : 'no' }));
  await store.db.collection('fed').insertMany(docs);
  for (const end = Date.now() + 10_000; heard.some((list) => list.length < 25) && Date.now() < end; )
    await new Promise((resolve) => setTimeout(resolve, 20));
  const even = docs.filter(({ kind }) => kind === 'yes').map(({ n }) => n);
  expect(heard).toEqual([even, even]);
  await Promise.all(feeds.map((feed) => feed.stop()));
});

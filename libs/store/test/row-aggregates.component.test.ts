import type { Producer } from '@throughline/bus';
import { decodeMessage } from '@throughline/bus';
import { noTelemetry } from '@throughline/telemetry';
import type { Loaded, RowDecision } from '../src';
import { assertIndexes, connectStore, createIndexes, createRowAggregates, rowIndexes } from '../src';
import { event, recorder } from './support/recorder';

type Count = { n: number };
const store = connectStore({
  url: process.env.MONGO_URL!,
  db: `store-rows-${process.pid}-${Date.now()}`,
  telemetry: noTelemetry(),
  countCommands: true,
});
beforeAll(() => store.start());
afterAll(async () => {
  await store.db.dropDatabase();
  await store.stop();
});

const counters = (producer: Producer, instanceId: string, collection: string, mostAhead?: number) =>
  createRowAggregates<Count>({
    store,
    mostAhead,
    collection,
    producer,
    instanceId,
    topic: 't.v1',
    source: '/test',
    fieldsOf: ({ n }) => ({ n }),
    apply: (_, before, step) => ({ n: (before?.n ?? 0) + Number(step) }),
  });
const plusOne = (current: Loaded<Count> | undefined): RowDecision<Count> => ({
  state: { n: (current?.state.n ?? 0) + 1 },
  step: '1',
  events: [event()],
});
const always = { from: 0, until: Number.POSITIVE_INFINITY };
const moment = new Date('2026-03-29T01:30:00.123Z');
const key = (id: string) => ({ id, tenantId: 'acme' });
const documents = (collection: string) => store.db.collection<{ _id: string; n: number; version: number }>(collection);

test('forty changes by two processes at once: each counts once, events are numbered without a gap, documents end up at the last', async () => {
  const { producer, published } = recorder();
  const both = [counters(producer, 'a', 'race'), counters(producer, 'b', 'race')];
  const change = async (i: number) => {
    for (;;) {
      try {
        const redelivered = i % 3 === 0;
        return await both[i % 2]!.changeMany([key('r')], (_, current) => plusOne(current), { redelivered });
      } catch (error) {
        if (!/too many conflicts/.test((error as Error).message)) throw error;
      }
    }
  };
  await Promise.all(Array.from({ length: 40 }, (_, i) => change(i)));
  const numbers = [...new Set(published)].map((id) => Number(id.split('/').pop()));
  expect(numbers.sort((x, y) => x - y)).toEqual(Array.from({ length: 40 }, (_, i) => i + 1));
  for (const one of both)
    expect((await one.loadMany(['acme/r']))[0]).toMatchObject({ state: { n: 40 }, version: 40, seq: 40 });
  await Promise.all(both.map((one) => one.stop()));
  expect(await documents('race').findOne({ _id: 'acme/r' })).toMatchObject({ n: 40, version: 40 });
});

test('one that died before its documents followed: the next sees the change, sends what may not be out, and saves it', async () => {
  const dead = recorder();
  await counters(dead.producer, 'setup', 'left').changeMany([key('l')], (_, current) => plusOne(current), {
    redelivered: true,
  });
  dead.fail(new Error('killed here'));
  const dying = counters(dead.producer, 'dead', 'left');
  await expect(dying.changeMany([key('l')], (_, current) => plusOne(current))).rejects.toThrow('killed here');
  expect(await documents('left').findOne({ _id: 'acme/l' })).toMatchObject({ n: 1, version: 1 });

  const { producer, published } = recorder();
  const next = counters(producer, 'next', 'left');
  const seen: (number | undefined)[] = [];
  // What was due is looked at again: nothing is to be done any more.
  await next.changeMany([key('l')], (_, current) => void seen.push(current?.state.n));
  expect(seen).toEqual([2]);
  expect(published).toEqual(['acme/l/2']);
  expect(next.isUnsaved('acme/l')).toBe(true);
  await next.stop();
  expect(next.isUnsaved('acme/l')).toBe(false);
  expect(await documents('left').findOne({ _id: 'acme/l' })).toMatchObject({ n: 2, version: 2 });
});

test('events that Kafka did not take hold up the next change, and go out before its own', async () => {
  const { producer, published, fail } = recorder();
  const all = counters(producer, 'a', 'away');
  fail(new Error('Kafka is away'));
  for (let i = 0; i < 3; i++) {
    await expect(all.changeMany([key('k')], (_, current) => plusOne(current))).rejects.toThrow('Kafka is away');
  }
  expect((await all.loadMany(['acme/k']))[0]).toMatchObject({ state: { n: 1 }, seq: 1 });
  // Its document may only follow once the events are out: by it the work would be taken for done.
  await all.stop();
  expect(await documents('away').countDocuments({})).toBe(0);
  fail(undefined);
  await all.changeMany([key('k')], (_, current) => plusOne(current), { redelivered: true });
  expect(published).toEqual(['acme/k/1', 'acme/k/2']);
  expect(await documents('away').findOne({ _id: 'acme/k' })).toMatchObject({ n: 2, version: 2 });
});

test('what was worked out ahead is one insert, as if it had been decided then; when it is old, nothing comes of it', async () => {
  const { producer, published, values } = recorder();
  const [mine, other] = [counters(producer, 'a', 'ahead'), counters(producer, 'b', 'ahead')];
  const ids = ['acme/x', 'acme/y'];
  await mine.changeMany(['x', 'y'].map(key), (_, current) => plusOne(current), { redelivered: true });
  await mine.workOutAhead(ids, (current) => ({ ...plusOne(current), ...always }));
  await other.changeMany([key('y')], (_, current) => plusOne(current));
  await other.stop();
  published.length = 0;
  store.takeCommandCounts();
  const made = await mine.changeAhead(ids, moment);
  expect(store.takeCommandCounts()).toEqual({ insert: 1 });
  expect(made.map(({ id }) => id)).toEqual(['acme/x']);
  expect(published).toEqual(['acme/x/2']);
  expect(decodeMessage({ value: values.at(-1)! }).recordedAt).toEqual(moment);
  // Its row is like any other, for whoever reads it before the document has followed.
  const dead = recorder();
  const next = counters(dead.producer, 'next', 'ahead');
  expect((await next.loadMany(ids)).map(({ state, version, seq }) => [state.n, version, seq])).toEqual([
    [2, 2, 2],
    [2, 2, 2],
  ]);
  await next.changeMany([key('x')], () => undefined);
  expect(dead.values).toEqual([values.at(-1)]);
  const row = await store.db.collection('ahead_rows').findOne({ k: 'acme/x', v: 2 });
  expect(Math.abs(row!['at'].getTime() - Date.now())).toBeLessThan(60_000);
  await mine.stop();
  expect(await documents('ahead').findOne({ _id: 'acme/x' })).toMatchObject({ n: 2, version: 2, s: '{"n":2}' });
  await next.stop();
});

test('what was worked out ahead is made within its time and not outside of it, and only once', async () => {
  const { producer } = recorder();
  const all = counters(producer, 'a', 'span');
  const at = moment.getTime();
  const tried = async (noticedAt: number) => {
    await all.workOutAhead(['acme/s'], (current) => ({ ...plusOne(current), from: at, until: at + 10 }));
    const made = await all.changeAhead(['acme/s'], new Date(noticedAt));
    // Tried is tried: it has to be worked out again.
    expect(await all.changeAhead(['acme/s'], moment)).toEqual([]);
    return made;
  };
  await all.changeMany([key('s')], (_, current) => plusOne(current), { redelivered: true });
  expect(await tried(at - 1)).toEqual([]);
  expect(await tried(at + 10)).toEqual([]);
  expect((await all.loadMany(['acme/s']))[0]).toMatchObject({ state: { n: 1 } });
});

test.each([0, 9])('what was worked out ahead is made %i ms after its moment', async (late) => {
  const { producer } = recorder();
  const all = counters(producer, 'a', `in-time-${late}`);
  const at = moment.getTime();
  await all.changeMany([key('s')], (_, current) => plusOne(current), { redelivered: true });
  await all.workOutAhead(['acme/s'], (current) => ({ ...plusOne(current), from: at, until: at + 10 }));
  expect(await all.changeAhead(['acme/s'], new Date(at + late))).toMatchObject([{ id: 'acme/s', until: at + 10 }]);
  expect(all.isUnsaved('acme/s')).toBe(true);
  await all.stop();
});

test('what an own change has overtaken is not made', async () => {
  const { producer } = recorder();
  const all = counters(producer, 'a', 'overtaken');
  await all.changeMany([key('o')], (_, current) => plusOne(current), { redelivered: true });
  await all.workOutAhead(['acme/o'], (current) => ({ ...plusOne(current), ...always }));
  await all.changeMany([key('o')], (_, current) => plusOne(current), { redelivered: true });
  store.takeCommandCounts();
  expect(await all.changeAhead(['acme/o'], moment)).toEqual([]);
  expect(store.takeCommandCounts()).toEqual({});
});

test('events that Kafka did not take of a change made ahead go out when it is looked at again', async () => {
  const { producer, published, fail } = recorder();
  const all = counters(producer, 'a', 'ahead-away');
  await all.changeMany([key('k')], (_, current) => plusOne(current), { redelivered: true });
  await all.workOutAhead(['acme/k'], (current) => ({ ...plusOne(current), ...always }));
  fail(new Error('Kafka is away'));
  await expect(all.changeAhead(['acme/k'], moment)).rejects.toThrow('Kafka is away');
  fail(undefined);
  // Nothing is worked out for one whose events may not be out.
  await all.workOutAhead(['acme/k'], (current) => ({ ...plusOne(current), ...always }));
  expect(await all.changeAhead(['acme/k'], moment)).toEqual([]);
  await all.changeMany([key('k')], () => undefined);
  expect(published).toEqual(['acme/k/1', 'acme/k/2']);
  await all.stop();
  expect(await documents('ahead-away').findOne({ _id: 'acme/k' })).toMatchObject({ n: 2, version: 2 });
});

test('what was worked out longest ago gives way to what is needed next', async () => {
  const { producer } = recorder();
  const all = counters(producer, 'a', 'room', 2);
  const ids = ['acme/x', 'acme/y', 'acme/z'];
  await all.changeMany(['x', 'y', 'z'].map(key), (_, current) => plusOne(current), { redelivered: true });
  const workOut = (some: string[]) => all.workOutAhead(some, (current) => ({ ...plusOne(current), ...always }));
  await workOut(ids.slice(0, 2));
  await workOut(ids.slice(2));
  expect((await all.changeAhead(ids, moment)).map(({ id }) => id)).toEqual(['acme/y', 'acme/z']);
  await all.stop();
});

test('a sleeper with an old document cannot make a change that has been made, even when the document has followed', async () => {
  const { producer, published } = recorder();
  const [sleeper, awake] = [counters(producer, 'a', 'slept'), counters(producer, 'b', 'slept')];
  await awake.changeMany([key('s')], (_, current) => plusOne(current), { redelivered: true });
  await sleeper.workOutAhead(['acme/s'], (current) => ({ ...plusOne(current), ...always }));
  for (let i = 0; i < 3; i++) {
    await awake.changeMany([key('s')], (_, current) => plusOne(current), { redelivered: true });
  }
  expect(await sleeper.changeAhead(['acme/s'], moment)).toEqual([]);
  expect(published).toHaveLength(4);
  await sleeper.stop();
  expect(await documents('slept').findOne({ _id: 'acme/s' })).toMatchObject({ n: 4, version: 4 });
});

test('a thousand changes are one read of documents and rows and one insert; documents follow in as few commands', async () => {
  const { producer } = recorder();
  const all = counters(producer, 'a', 'many');
  const keys = Array.from({ length: 1_000 }, (_, i) => key(`m${i}`));
  store.takeCommandCounts();
  await all.changeMany(keys, (_, current) => plusOne(current));
  // A thousand ids asked for are answered in parts.
  expect(store.takeCommandCounts()).toEqual({ find: 2, insert: 1 });
  await all.stop();
  expect(store.takeCommandCounts()).toEqual({ insert: 2 });
});

test('the rows are forgotten by an index', async () => {
  await createIndexes(store, rowIndexes('race'));
  await assertIndexes(store, rowIndexes('race'));
  const indexes = await store.db.collection('race_rows').indexes();
  expect(indexes).toContainEqual(expect.objectContaining({ key: { at: 1 }, expireAfterSeconds: 172_800 }));
});

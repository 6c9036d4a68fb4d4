import { createBus } from '@throughline/bus';
import type { Store } from '@throughline/store';
import { connectStore, createAggregates } from '@throughline/store';
import { noTelemetry } from '@throughline/telemetry';
import { testScope } from '@throughline/testing';
import type { mongo } from 'mongoose';
import type { Docket } from '../src/domain/ask/docket';
import { emptyDocket } from '../src/domain/ask/docket';
import type { Approval } from '../src/domain/recovery/approval';
import type { CountEntry } from '../src/domain/score/entry';
import { approvalFromDoc, approvalToDoc, createApprovals } from '../src/outbound/approvals';
import { createCells, createCounter } from '../src/outbound/counter';
import { createDockets, docketFromDoc, docketToDoc } from '../src/outbound/dockets';
import { fromDoc, toDoc } from '../src/outbound/records';
import { indexes, prepareSchema } from '../src/outbound/schema';
import { SHARDS, shardOf } from '../src/outbound/shards';

// What a version before left in the database, and does to it while it still runs beside this one: no answer is counted twice
// and nothing that waits is forgotten.
const scope = testScope('feedback-migrations');
const telemetry = noTelemetry();
const store: Store = connectStore({ url: scope.mongoUrl, db: scope.db, telemetry });
const { producer } = createBus({
  brokers: scope.kafkaBrokers,
  clientId: 'test',
  topicPrefix: scope.topicPrefix,
  telemetry,
});
const shared = { store, producer, instanceId: 'test', telemetry, source: 'test', topic: 'feedback.cases.v1' };
const dockets = createDockets(
  store,
  createAggregates<Docket>({ ...shared, collection: 'dockets', toDoc: docketToDoc, fromDoc: docketFromDoc }),
  () => undefined,
);
const approvals = createApprovals(
  createAggregates<Approval>({ ...shared, collection: 'approvals', toDoc: approvalToDoc, fromDoc: approvalFromDoc }),
);
const kinds = { dockets, approvals };
const moment = { dockets: 'dueAt', approvals: 'lookAt' };
type Kind = keyof typeof kinds;
type Doc = mongo.Document & { _id: string };

beforeAll(() => store.start());
afterAll(async () => {
  await store.db.dropDatabase();
  await store.stop();
});

const put = (name: string, doc: Doc) => store.db.collection<Doc>(name).insertOne(doc);
const past = new Date(Date.now() - 1_000);
/** As a version wrote it that knew no shares. */
const waiting = (kind: Kind, id: string) =>
  put(kind, { _id: `acme/${id}`, tenantId: 'acme', ownId: id, version: 1, seq: 0, outbox: [], [moment[kind]]: past });
const everyone = Array.from({ length: SHARDS }, (_, i) => i);
const dueIds = async (kind: Kind, shards: number[]) =>
  (await kinds[kind].due(shards, Date.now(), 100)).map(({ id }) => id).sort();
/** Migrations that the version before had run. */
const had = async (...ids: string[]) => {
  await store.db.dropDatabase();
  const done = ids.map((_id) => ({ _id, state: 'done', at: new Date() }));
  await store.db.collection<Doc>('migrations').insertMany(done as never);
};

test.each<[Kind, string, string, string[]]>([
  ['dockets', '0003-shards', 'due', ['0001-indexes', '0002-quality']],
  [
    'approvals',
    '0005-shares-of-approvals',
    'look_at',
    ['0001-indexes', '0002-quality', '0003-shards', '0004-approvals'],
  ],
])(
  '%s that wait belong to shares after %s',
  async (kind, migration, before, done) => {
    await had(...done);
    await store.db
      .collection(kind)
      .createIndex(
        { [moment[kind]]: 1 },
        { name: before, partialFilterExpression: { [moment[kind]]: { $exists: true } } },
      );
    await waiting(kind, 'a');
    await waiting(kind, 'b');
    await put(kind, { _id: 'acme/over', tenantId: 'acme', ownId: 'over', version: 1 });
    // Whatever came first is there once, the second process finds it done.
    await Promise.all([prepareSchema(store), prepareSchema(store)]);
    const found = await store.db.collection<Doc>(kind).find().sort({ _id: 1 }).toArray();
    expect(found.map(({ ownId, shard }) => [ownId, shard])).toEqual([
      ['a', shardOf('a')],
      ['b', shardOf('b')],
      ['over', undefined],
    ]);
    const names = (await store.db.collection(kind).indexes()).map(({ name }) => name);
    expect(names).toContain('due_in_shard');
    expect(names).not.toContain(before);
    expect(await store.db.collection<Doc>('migrations').countDocuments({ _id: migration, state: 'done' })).toBe(1);

    // The version before is still there, and writes one more without a share: it is found by its share, and by that alone.
    await waiting(kind, 'late');
    expect(await dueIds(kind, everyone)).toEqual(['a', 'b', 'late']);
    expect(await dueIds(kind, [shardOf('late')])).toContain('late');
    const others = everyone.filter((one) => one !== shardOf('late'));
    expect(await dueIds(kind, others)).not.toContain('late');
  },
  60_000,
);

const entry = (id: string, value = '5'): CountEntry => ({
  id,
  scopes: ['kind/csat'],
  day: '2026-11-28',
  dims: { channel: 'email' },
  add: { [value]: 1 },
});
const counter = createCounter(store);
const sum = async () => {
  const query = { tenantId: 'acme', scope: 'kind/csat', dim: 'total', fromDay: '2026-11-01', toDay: '2026-12-31' };
  return (await createCells(store).sums(query)).get('') ?? {};
};
/** How versions before called what they had counted. */
const namings: Record<string, (entry: CountEntry) => string> = {
  'by its id': ({ id }) => `acme/${id}`,
  'by its day and id': ({ id, day }) => `acme/${day}/${id}`,
};
/** A version before counts what stands in its field, unless it is known under its name; then its process may die. */
const countBefore = async (nameOf: (entry: CountEntry) => string, unset: boolean) => {
  const docs = await store.db
    .collection<Doc>('dockets')
    .find({ 'counts.id': { $exists: true } })
    .toArray();
  for (const { _id, counts } of docs) {
    for (const one of counts as CountEntry[]) {
      const counted = store.db.collection<Doc>('counted');
      const { upsertedCount } = await counted.updateOne(
        { _id: nameOf(one) },
        { $setOnInsert: { at: new Date() } },
        { upsert: true },
      );
      if (upsertedCount === 0) continue;
      for (const [dim, value] of [['total', ''], ...Object.entries(one.dims)]) {
        const cell = { tenantId: 'acme', scope: one.scopes[0], dim, value, day: one.day };
        const id = JSON.stringify(Object.values(cell));
        const grow = Object.fromEntries(Object.entries(one.add).map(([name, by]) => [`h.${name}`, by]));
        await store.db
          .collection<Doc>('cells')
          .updateOne({ _id: id }, { $setOnInsert: cell, $inc: grow }, { upsert: true });
      }
    }
    if (unset) await store.db.collection<Doc>('dockets').updateOne({ _id }, { $unset: { counts: '' } });
  }
};
/** A version before changes a document: it keeps the fields it does not know, and leaves entries in its own. */
const changeBefore = async (id: string, more: CountEntry) => {
  const found = (await store.db.collection<Doc>('dockets').findOne({ _id: `acme/${id}` }))!;
  const { _id, ...rest } = found;
  const counts = [...((found['counts'] as CountEntry[] | undefined) ?? []), more];
  await store.db
    .collection<Doc>('dockets')
    .replaceOne({ _id }, { ...rest, version: (found['version'] as number) + 1, counts });
};
const docket = (id: string, fields: object) =>
  put('dockets', { _id: `acme/${id}`, tenantId: 'acme', ownId: id, version: 1, ...fields });
const leftToCount = () =>
  store.db
    .collection<Doc>('dockets')
    .countDocuments({ $or: [{ counts: { $exists: true } }, { toCount: { $exists: true } }] });

describe.each(Object.entries(namings))('beside a version that knows what it counted %s', (_, nameOf) => {
  beforeAll(() => prepareSchema(store));
  beforeEach(async () => {
    for (const name of ['dockets', 'counted', 'cells']) await store.db.collection(name).deleteMany({});
  });

  test('what it counted and died before it could say so is not counted again', async () => {
    await docket('c1', { counts: [entry('docket/c1/1')] });
    await countBefore(nameOf, false);
    await counter.round();
    expect(await sum()).toEqual({ 5: 1 });
    expect(await leftToCount()).toBe(0);
  });

  test('what this one counted of it is not counted by it again', async () => {
    await docket('c1', { counts: [entry('docket/c1/1')] });
    await counter.round();
    // It had read the document before, and writes what stood in it.
    await store.db
      .collection<Doc>('dockets')
      .updateOne({ _id: 'acme/c1' }, { $set: { counts: [entry('docket/c1/1')] } });
    await countBefore(nameOf, true);
    expect(await sum()).toEqual({ 5: 1 });
  });

  test('it never sees what this one leaves, and what both leave in one document is counted once each', async () => {
    const state = { ...emptyDocket('c1'), counts: [entry('docket/c1/1')] };
    await docket('c1', toDoc(state));
    await countBefore(nameOf, true);
    expect(await sum()).toEqual({});
    await changeBefore('c1', entry('docket/c1/2', '4'));
    // This version reads it and writes it, with one more: that of the version before stays in its field.
    const found = (await store.db.collection<Doc>('dockets').findOne({ _id: 'acme/c1' }))!;
    const mixed = fromDoc<Docket>(found);
    const after = toDoc({ ...mixed, counts: [...mixed.counts, entry('docket/c1/3', '3')] });
    await store.db.collection<Doc>('dockets').updateOne({ _id: 'acme/c1' }, { $set: after });
    expect(after['counts']).toEqual([entry('docket/c1/2', '4')]);
    expect(after['toCount']).toHaveLength(2);
    await countBefore(nameOf, false);
    await counter.round();
    await counter.round();
    expect(await sum()).toEqual({ 5: 1, 4: 1, 3: 1 });
    expect(await leftToCount()).toBe(0);
  });

  test('both at once count each entry once', async () => {
    for (let i = 0; i < 20; i++) await docket(`c${i}`, { counts: [entry(`docket/c${i}/1`)] });
    await Promise.all([counter.round(), countBefore(nameOf, false), createCounter(store).round()]);
    await counter.round();
    expect(await sum()).toEqual({ 5: 20 });
  });
});

test('a database that the version before counted by day in is taken as it is', async () => {
  await had('0001-indexes', '0002-quality', '0003-shards', '0004-approvals', '0005-shares-of-approvals');
  await docket('c1', { counts: [entry('docket/c1/1')] });
  await prepareSchema(store);
  for (const { name, collection } of indexes.filter((one) => one.name === 'waits_to_count'))
    expect((await store.db.collection(collection).indexes()).map((one) => one.name)).toContain(name);
  await counter.round();
  expect(await sum()).toEqual({ 5: 1 });
});

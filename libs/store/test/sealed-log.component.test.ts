import { noTelemetry } from '@throughline/telemetry';
import { testScope } from '@throughline/testing';
import type { mongo } from 'mongoose';
import type { HeadDoc, SealedDoc } from '../src';
import { chainsOf, connectStore, extendChain, placeOf, verifyChain } from '../src';

const scope = testScope('sealed');
const store = connectStore({ url: scope.mongoUrl, db: scope.db, telemetry: noTelemetry() });
const place = { records: 'records', heads: 'heads' };
const key = { kid: 1, secret: 'a secret only for tests, long enough' };
const keys = [key];
const records = () => store.db.collection<SealedDoc>(place.records);
const heads = () => store.db.collection<HeadDoc>(place.heads);

const LENGTH = 9;
const entries = Array.from({ length: LENGTH }, (_, i) => ({ what: `did ${i + 1}`, at: new Date(i * 1_000), n: i }));
const at = (seq: number) => placeOf('acme', seq);

beforeAll(() => store.start(), 30_000);
beforeEach(async () => {
  await records().deleteMany({});
  await heads().deleteMany({});
  for (const chain of ['acme', 'acme-2']) {
    // In two steps, as two writers do it.
    const first = extendChain(chain, undefined, entries.slice(0, 4), key);
    const second = extendChain(chain, first.head, entries.slice(4), key);
    await records().insertMany([...first.records, ...second.records]);
    await heads().insertOne(second.head);
  }
});
afterAll(async () => {
  await store.db.dropDatabase();
  await store.stop();
}, 30_000);

const verify = (more: Partial<Parameters<typeof verifyChain>[2]> = {}) =>
  verifyChain(store.db, place, { keys, chain: 'acme', ...more });
const namedBy = async (more: Partial<Parameters<typeof verifyChain>[2]> = {}) =>
  (await verify(more)).faults.map(({ kind, seq }) => `${kind} ${seq}`);

test('a chain that nobody touched is without fault, whole and in parts', async () => {
  const whole = await verify();
  expect(whole).toMatchObject({ checked: LENGTH, through: LENGTH, complete: true, faults: [] });
  const part = await verify({ most: 4 });
  expect(part).toMatchObject({ checked: 4, through: 4, complete: false, faults: [] });
  const rest = await verify({ afterSeq: part.through, anchor: whole.anchor });
  expect(rest).toMatchObject({ checked: LENGTH - 4, through: LENGTH, complete: true, faults: [] });
  expect(await chainsOf(store.db, place)).toEqual(['acme', 'acme-2']);
  expect((await verify({ chain: 'nobody' })).faults).toEqual([]);
});

const set = (seq: number, change: mongo.Document) => records().updateOne({ _id: at(seq) }, change);
const swap = async (left: number, right: number) => {
  const [one, two] = await Promise.all([left, right].map((seq) => records().findOne({ _id: at(seq) })));
  await records().replaceOne({ _id: at(left) }, { ...two!, _id: at(left) });
  await records().replaceOne({ _id: at(right) }, { ...one!, _id: at(right) });
};

test.each<[string, () => Promise<unknown>, string[]]>([
  ['a field is changed', () => set(3, { $set: { what: 'nothing' } }), ['ALTERED 3']],
  ['a date is changed by a millisecond', () => set(3, { $set: { at: new Date(2_001) } }), ['ALTERED 3']],
  ['a date becomes the number that it is', () => set(3, { $set: { at: 2_000 } }), ['ALTERED 3']],
  ['a field is added', () => set(3, { $set: { more: 1 } }), ['ALTERED 3']],
  ['a field is taken away', () => set(3, { $unset: { n: '' } }), ['ALTERED 3']],
  ['the first one is changed', () => set(1, { $set: { what: 'nothing' } }), ['ALTERED 1']],
  ['the last one is changed', () => set(LENGTH, { $set: { what: 'nothing' } }), [`ALTERED ${LENGTH}`]],
  ['a seal is changed', () => set(3, { $set: { seal: 'x' } }), ['ALTERED 3']],
  ['the key is said to be another', () => set(3, { $set: { kid: 2 } }), ['ALTERED 3']],
  ['one is deleted', () => records().deleteOne({ _id: at(5) }), ['MISSING 5']],
  ['the first is deleted', () => records().deleteOne({ _id: at(1) }), ['MISSING 1']],
  ['three are deleted', () => records().deleteMany({ _id: { $gte: at(3), $lte: at(5) } }), ['MISSING 3']],
  ['the last is deleted', () => records().deleteOne({ _id: at(LENGTH) }), [`TRUNCATED ${LENGTH}`]],
  ['all are deleted', () => records().deleteMany({ chain: 'acme' }), ['TRUNCATED 1']],
  ['two neighbours change places', () => swap(4, 5), ['MOVED 4', 'MOVED 5']],
  ['two far ones change places', () => swap(2, 8), ['MOVED 2', 'MOVED 8']],
  [
    'one is made up and put at the end',
    async () =>
      records().insertOne({ ...(await records().findOne({ _id: at(LENGTH) }))!, _id: at(LENGTH + 1), seq: LENGTH + 1 }),
    [`ALTERED ${LENGTH + 1}`],
  ],
  [
    'one is copied from another chain',
    async () =>
      records().replaceOne(
        { _id: at(4) },
        { ...(await records().findOne({ _id: placeOf('acme-2', 4) }))!, _id: at(4) },
      ),
    ['MOVED 4'],
  ],
  ['the head is set back', () => heads().updateOne({ _id: 'acme' }, { $set: { seq: 4 } }), ['HEAD_ALTERED 4']],
  ['the head is deleted', () => heads().deleteOne({ _id: 'acme' }), [`HEAD_MISSING ${LENGTH}`]],
])('%s: named', async (_, tamper, named) => {
  await tamper();
  expect(await namedBy()).toEqual(named);
  // The neighbour's chain is as it was.
  expect((await verify({ chain: 'acme-2' })).faults).toEqual([]);
});

test('records and head that were put back together are named by an anchor from outside', async () => {
  const { anchor } = await verify();
  const old = extendChain('acme', undefined, entries.slice(0, 4), key);
  await records().deleteMany({ _id: { $gt: at(4), $lte: at(LENGTH) } });
  await heads().replaceOne({ _id: 'acme' }, old.head);
  expect(await namedBy()).toEqual([]);
  expect(await namedBy({ anchor })).toEqual(['TRUNCATED 5']);
  const other = extendChain(
    'acme',
    old.head,
    Array.from({ length: 5 }, () => ({ what: 'else' })),
    key,
  );
  await records().insertMany(other.records);
  await heads().replaceOne({ _id: 'acme' }, other.head);
  expect(await namedBy({ anchor })).toEqual([`RELINKED ${LENGTH}`]);
});

test('a part that begins behind a record that is missing names it', async () => {
  await records().deleteOne({ _id: at(4) });
  expect(await namedBy({ afterSeq: 4 })).toEqual(['MISSING 4']);
  expect(await namedBy({ afterSeq: 6 })).toEqual([]);
});

test('records of a key that was replaced stay without fault while it is known', async () => {
  const fresh = { kid: 2, secret: 'another secret only for tests, long' };
  const head = (await heads().findOne({ _id: 'acme' }))!;
  const more = extendChain('acme', head, [{ what: 'later' }], fresh);
  await records().insertMany(more.records);
  await heads().replaceOne({ _id: 'acme' }, more.head);
  expect(await namedBy({ keys: [fresh, key] })).toEqual([]);
  expect(await namedBy({ keys: [{ ...fresh, kid: 1 }, fresh] })).toContain('ALTERED 1');
});

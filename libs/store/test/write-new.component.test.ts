import { isTransient } from '@throughline/core';
import { noTelemetry } from '@throughline/telemetry';
import { mongo } from 'mongoose';
import { connectStore, duplicatesOf, insertNew } from '../src';

const store = connectStore({
  url: process.env.MONGO_URL!,
  db: `store-new-${process.pid}-${Date.now()}`,
  telemetry: noTelemetry(),
});
beforeAll(() => store.start());
afterAll(async () => {
  await store.db.dropDatabase();
  await store.stop();
});

const rows = () => store.db.collection<{ _id: string; n?: number }>('rows');
const failureOf = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => undefined,
    (error) => error,
  );
const unordered = { ordered: false } as const;

describe('what was there already', () => {
  beforeAll(async () => {
    await rows().insertMany([{ _id: 'a' }, { _id: 'b' }]);
    await rows().createIndex({ n: 1 }, { unique: true, sparse: true });
  });

  it('is told by its place, and the rest is written', async () => {
    const docs = [{ _id: 'x' }, { _id: 'a' }, { _id: 'y' }, { _id: 'b' }];
    expect(await duplicatesOf(() => rows().insertMany(docs, unordered))).toEqual([1, 3]);
    expect(await insertNew(store.db, 'rows', [{ _id: 'z' }, { _id: 'x' }])).toEqual([1]);
    expect(await rows().countDocuments()).toBe(5);
    expect(await duplicatesOf(() => rows().insertMany([{ _id: 'w' }], unordered))).toEqual([]);
  });

  it('hides no other failure', async () => {
    const notAllowed = [{ updateOne: { filter: { _id: 'a' }, update: { $set: { _id: 'c' } } } }];
    const both = [{ insertOne: { document: { _id: 'b' } } }, ...notAllowed] as mongo.AnyBulkWriteOperation<{
      _id: string;
    }>[];
    expect(await failureOf(duplicatesOf(() => rows().bulkWrite(both as never, unordered)))).toMatchObject({
      name: 'MongoBulkWriteError',
    });
    // Every failure is looked at, not the first one alone.
    await store.db.command({ collMod: 'rows', validator: { n: { $ne: 13 } } });
    const refused = [{ _id: 'a' }, { _id: 'no', n: 13 }];
    expect(await failureOf(duplicatesOf(() => rows().insertMany(refused, unordered)))).toMatchObject({
      name: 'MongoBulkWriteError',
    });
    expect(await failureOf(insertNew(store.db, 'rows', refused))).toMatchObject({ code: 121 });
  });

  it('does not hide that the others may be lost: no majority confirmed them', async () => {
    // Two members have to confirm, and there is one.
    const concern = { writeConcern: { w: 2, wtimeoutMS: 50 } };
    for (const docs of [[{ _id: 'a' }, { _id: 'late 1' }], [{ _id: 'late 2' }]]) {
      const failure = await failureOf(duplicatesOf(() => rows().insertMany(docs, { ...unordered, ...concern })));
      expect([docs.length, isTransient(failure)]).toEqual([docs.length, true]);
    }
    const hurried = {
      command: (command: object) => store.db.command({ ...command, ...{ writeConcern: { w: 2, wtimeout: 50 } } }),
    };
    expect(isTransient(await failureOf(insertNew(hurried as never, 'rows', [{ _id: 'a' }, { _id: 'late 3' }])))).toBe(
      true,
    );
  });

  it('is not what a broken line looks like: that passes', async () => {
    const broken = new mongo.MongoBulkWriteError(
      new mongo.MongoNetworkError('the line broke') as never,
      {
        getWriteConcernError: () => undefined,
      } as never,
    );
    expect(isTransient(await failureOf(duplicatesOf(() => Promise.reject(broken))))).toBe(true);
    const bug = new TypeError('a bug');
    expect(await failureOf(duplicatesOf(() => Promise.reject(bug)))).toBe(bug);
  });
});

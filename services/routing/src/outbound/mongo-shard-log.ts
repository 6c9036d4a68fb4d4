import { randomUUID } from 'node:crypto';
import type { Producer } from '@throughline/bus';
import type { mongo } from 'mongoose';
import type { Collection, DocChange, Restored, Row, ShardLog } from '../use-cases/ports';
import type { Saved } from './document';
import { changeOf, savedOf } from './document';
import type { DecisionsDoc, RowDoc } from './row';
import { docsIn, encodeRow, recordsIn, rowId } from './row';

interface ShardDoc {
  _id: number;
  savedSeq?: number;
  publishedSeq?: number;
}

const kept: Collection[] = [
  'wellbeing',
  'policies',
  'queues',
  'skills',
  'teams',
  'agents',
  'agent_states',
  'queue_states',
];
// Numbers of rows outlive their content: an owner that wakes after hours still finds its next number taken.
const NUMBERS_KEPT_MS = 24 * 3_600_000;
const DUPLICATE = 11000;
const PLAIN = { ignoreUndefined: true } as const;

const rangeOf = (shard: number, from: number) => ({ $gte: rowId(shard, from), $lt: rowId(shard, 999_999_999_999_999) });

/** Writes many, and gives the places of those that were there already; any other failure is thrown. */
const duplicatesOf = async (write: () => Promise<unknown>): Promise<number[]> => {
  try {
    await write();
    return [];
  } catch (error) {
    const errors = [(error as mongo.MongoBulkWriteError).writeErrors ?? []].flat();
    if (errors.length === 0 || errors.some(({ code }) => code !== DUPLICATE)) throw error;
    return errors.map(({ index }) => index);
  }
};

/** Rows, snapshots and how far a shard has come, in MongoDB. */
export const createMongoShardLog = (db: mongo.Db, producer: Producer): ShardLog => {
  const rows = db.collection<RowDoc>('log');
  const shards = db.collection<ShardDoc>('shards');
  const decisionRows = db.collection<DecisionsDoc>('decision_rows');
  const published = new Map<number, number>();
  const trimmed = new Map<number, number>();

  // Encoded once: the bytes that stand in the row are the ones that are published, now or by whoever comes after.
  const encoded = new WeakMap<Row, ReturnType<typeof encodeRow>>();

  const ours = async (doc: RowDoc): Promise<boolean> => {
    const there = await rows.findOne({ _id: doc._id }, { projection: { by: 1 } });
    return there?.by === doc.by;
  };
  const progress = (shard: number, fields: Partial<ShardDoc>) =>
    shards.updateOne(
      { _id: shard },
      { $max: { publishedSeq: published.get(shard) ?? 0, ...fields } },
      { upsert: true },
    );

  const writeAll = async (
    collection: Collection,
    operations: mongo.AnyBulkWriteOperation<Saved>[],
  ): Promise<number[]> =>
    operations.length === 0
      ? []
      : duplicatesOf(() => db.collection<Saved>(collection).bulkWrite(operations, { ordered: false, ...PLAIN }));
  const saveDocs = async (shard: number, list: { seq: number; doc: DocChange }[]): Promise<void> => {
    const latest = new Map<string, { seq: number; doc: DocChange; created: boolean }>();
    for (const { seq, doc } of list) {
      const name = `${doc.collection}/${doc.key}`;
      latest.set(name, { seq, doc, created: doc.created === true || latest.get(name)?.created === true });
    }
    const groups = new Map<Collection, { saved: Saved; created: boolean }[]>();
    for (const { seq, doc, created } of latest.values()) {
      const group = groups.get(doc.collection) ?? [];
      group.push({ saved: savedOf(shard, seq, doc) as Saved, created });
      groups.set(doc.collection, group);
    }
    const replace = (saved: Saved): mongo.AnyBulkWriteOperation<Saved> => ({
      replaceOne: { filter: { _id: saved._id, at: { $lt: saved.at } }, replacement: saved, upsert: true },
    });
    for (const [collection, group] of groups) {
      // What is new is inserted: that costs a third of asking first.
      const operations = group.map(({ saved, created }) =>
        created ? { insertOne: { document: saved } } : replace(saved),
      );
      const there = await writeAll(collection, operations as mongo.AnyBulkWriteOperation<Saved>[]);
      // Saved before, by whoever had the shard then. Of a replacement it says that a newer row is saved already.
      await writeAll(
        collection,
        there.flatMap((i) => (group[i]!.created ? [replace(group[i]!.saved)] : [])),
      );
    }
  };
  const saveDecisions = async (list: DecisionsDoc[]): Promise<void> => {
    if (list.length > 0) await duplicatesOf(() => decisionRows.insertMany(list, { ordered: false }));
  };

  return {
    async append(row) {
      const whole = encodeRow(row, randomUUID());
      encoded.set(row, whole);
      const { doc } = whole;
      try {
        await rows.insertOne(doc, PLAIN);
        return true;
      } catch (error) {
        // A retried write may meet itself; after a broken connection the outcome is looked up.
        return ours(doc).catch(() => {
          throw error;
        });
      }
    },
    async publish(row) {
      const { records } = encoded.get(row) ?? encodeRow(row, '');
      if (records.length > 0) await producer.publish(records);
      published.set(row.shard, row.seq);
    },
    async publishRest(shard) {
      const from = (await shards.findOne({ _id: shard }))?.publishedSeq ?? 0;
      published.set(shard, Math.max(from, published.get(shard) ?? 0));
      const left = rows.find({ _id: rangeOf(shard, from + 1) }).sort({ _id: 1 });
      for await (const { seq, out } of left) {
        const records = recordsIn({ out });
        if (records.length > 0) await producer.publish(records);
        published.set(shard, Math.max(seq, published.get(shard) ?? 0));
      }
    },
    async save(shard, list) {
      await saveDecisions(list.flatMap((row) => (encoded.get(row) ?? encodeRow(row, '')).decisions));
      await saveDocs(
        shard,
        list.flatMap(({ seq, docs }) => docs.map((doc) => ({ seq, doc }))),
      );
      await progress(shard, { savedSeq: list.at(-1)!.seq });
    },
    async restore(shard): Promise<Restored> {
      const from = (await shards.findOne({ _id: shard }))?.savedSeq ?? 0;
      let seq = from;
      const rest: { seq: number; doc: DocChange }[] = [];
      for await (const row of rows.find({ _id: rangeOf(shard, from + 1) }).sort({ _id: 1 })) {
        seq = row.seq;
        rest.push(...docsIn(row).map((doc) => ({ seq: row.seq, doc })));
        await saveDecisions(row.decisions ?? []);
      }
      if (rest.length > 0) await saveDocs(shard, rest);
      if (seq > from) await shards.updateOne({ _id: shard }, { $max: { savedSeq: seq } }, { upsert: true });
      const docs: DocChange[] = [];
      for (const collection of kept) {
        const found = await db
          .collection<Saved>(collection)
          .find({ shard, goneAt: { $exists: false } })
          .toArray();
        docs.push(...found.map((doc) => changeOf(collection, doc)));
      }
      const open = await db
        .collection<Saved>('work_items')
        .find({ shard, open: true } as never)
        .toArray();
      docs.push(...open.map((doc) => changeOf('work_items', doc)));
      const inbox = await db
        .collection<{ _id: string; shard: number; command: unknown }>('inbox')
        .find({ shard })
        .sort({ _id: 1 })
        .toArray();
      return { seq, docs, inbox: inbox.map(({ _id, command }) => ({ id: _id, command })) };
    },
    async trim(shard) {
      const last = published.get(shard) ?? 0;
      if (trimmed.get(shard) === last) return;
      await progress(shard, {});
      const doc = await shards.findOne({ _id: shard });
      const done = Math.min(doc?.savedSeq ?? 0, doc?.publishedSeq ?? 0);
      if (done === 0) return;
      const range = { $gte: rowId(shard, 0), $lte: rowId(shard, done) };
      await rows.updateMany(
        { _id: range, docs: { $exists: true } },
        { $unset: { docs: '', decisions: '', out: '', answers: '' } },
      );
      const old = new Date(Date.now() - NUMBERS_KEPT_MS);
      if (done >= last) trimmed.set(shard, last);
      // The newest number always stays.
      await rows.deleteMany({ _id: { $gte: rowId(shard, 0), $lt: rowId(shard, done) }, at: { $lt: old } });
    },
  };
};

import { randomUUID } from 'node:crypto';
import type { OutgoingRecord, Producer } from '@throughline/bus';
import { mongo } from 'mongoose';
import type { Answer, Collection, DocChange, Restored, Row, ShardLog } from '../use-cases/ports';
import type { Saved } from './document';
import { changeOf, savedOf } from './document';
import { recordsOf } from './proto-event';

interface RowDoc {
  _id: string;
  shard: number;
  seq: number;
  by: string;
  at: Date;
  docs?: DocChange[];
  out?: { t: string; k: string; v: mongo.Binary }[];
  answers?: Answer[];
}

interface ShardDoc {
  _id: number;
  savedSeq?: number;
  publishedSeq?: number;
}

const kept: Collection[] = ['policies', 'queues', 'skills', 'teams', 'agents', 'agent_states', 'queue_states'];
// Numbers of rows outlive their content: an owner that wakes after hours still finds its next number taken.
const NUMBERS_KEPT_MS = 24 * 3_600_000;
const PLAIN = { ignoreUndefined: true } as const;

const idOf = (shard: number, seq: number): string =>
  `${String(shard).padStart(4, '0')}/${String(seq).padStart(15, '0')}`;
const rangeOf = (shard: number, from: number) => ({ $gte: idOf(shard, from), $lt: idOf(shard, 999_999_999_999_999) });

/** Rows, snapshots and how far a shard has come, in MongoDB. */
export const createMongoShardLog = (db: mongo.Db, producer: Producer): ShardLog => {
  const rows = db.collection<RowDoc>('log');
  const shards = db.collection<ShardDoc>('shards');
  const published = new Map<number, number>();
  const trimmed = new Map<number, number>();

  const outOf = (row: Row): OutgoingRecord[] => row.facts.flatMap(recordsOf);
  // The bytes that stand in the row are the ones that are published, now or by whoever comes after.
  const encoded = new WeakMap<Row, OutgoingRecord[]>();

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

  const saveDocs = async (shard: number, list: { seq: number; doc: DocChange }[]): Promise<void> => {
    const latest = new Map(list.map((one) => [`${one.doc.collection}/${one.doc.key}`, one]));
    const groups = new Map<Collection, mongo.AnyBulkWriteOperation<Saved>[]>();
    for (const { seq, doc } of latest.values()) {
      const replacement = savedOf(shard, seq, doc) as Saved;
      const filter = { _id: doc.key, at: { $lt: seq } };
      const operations = groups.get(doc.collection) ?? [];
      operations.push({ replaceOne: { filter, replacement, upsert: true } });
      groups.set(doc.collection, operations);
    }
    for (const [collection, operations] of groups) {
      try {
        await db.collection<Saved>(collection).bulkWrite(operations, { ordered: false, ...PLAIN });
      } catch (error) {
        const errors = (error as mongo.MongoBulkWriteError).writeErrors;
        const list = Array.isArray(errors) ? errors : errors ? [errors] : [];
        // A duplicate means that a newer row is saved already.
        if (list.length === 0 || list.some(({ code }) => code !== 11000)) throw error;
      }
    }
  };

  return {
    async append(row) {
      const out = outOf(row);
      encoded.set(row, out);
      const doc: RowDoc = {
        _id: idOf(row.shard, row.seq),
        shard: row.shard,
        seq: row.seq,
        by: randomUUID(),
        at: new Date(),
        docs: row.docs,
        out: out.map(({ topic, key, value }) => ({ t: topic, k: key, v: new mongo.Binary(value) })),
        answers: row.answers,
      };
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
      const records = encoded.get(row) ?? outOf(row);
      if (records.length > 0) await producer.publish(records);
      published.set(row.shard, row.seq);
    },
    async publishRest(shard) {
      const from = (await shards.findOne({ _id: shard }))?.publishedSeq ?? 0;
      published.set(shard, Math.max(from, published.get(shard) ?? 0));
      const left = rows.find({ _id: rangeOf(shard, from + 1) }).sort({ _id: 1 });
      for await (const { seq, out } of left) {
        const records = (out ?? []).map(({ t, k, v }) => ({ topic: t, key: k, value: Buffer.from(v.buffer) }));
        if (records.length > 0) await producer.publish(records);
        published.set(shard, Math.max(seq, published.get(shard) ?? 0));
      }
    },
    async save(shard, list) {
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
        rest.push(...(row.docs ?? []).map((doc) => ({ seq: row.seq, doc })));
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
      const range = { $gte: idOf(shard, 0), $lte: idOf(shard, done) };
      await rows.updateMany({ _id: range, docs: { $exists: true } }, { $unset: { docs: '', out: '', answers: '' } });
      const old = new Date(Date.now() - NUMBERS_KEPT_MS);
      if (done >= last) trimmed.set(shard, last);
      // The newest number always stays.
      await rows.deleteMany({ _id: { $gte: idOf(shard, 0), $lt: idOf(shard, done) }, at: { $lt: old } });
    },
  };
};

import { randomUUID } from 'node:crypto';
import type { Producer } from '@throughline/bus';
import { cutBySize } from '@throughline/core';
import { insertNew, writeEach } from '@throughline/store';
import type { mongo } from 'mongoose';
import type { Collection, DocChange, Restored, Row, ShardLog } from '../use-cases/ports';
import type { Saved } from './document';
import { changeOf, savedOf } from './document';
import type { DecisionsDoc, Encoded, RowDoc } from './row';
import { docsIn, encodeRow, recordsIn, rowId } from './row';

interface ShardDoc {
  _id: number;
  savedSeq?: number;
  publishedSeq?: number;
  /** Up to here rows have nothing left but their numbers. */
  trimmedSeq?: number;
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
// What is trimmed or forgotten and comes back with a new primary takes room, and nothing else.
const LAZY = { writeConcern: { w: 1 } } as const;
/** Rows that are trimmed, and numbers that are forgotten, in one round: an offer that comes meanwhile waits behind them. */
const TRIMMED_AT_ONCE = 50;
const FORGOTTEN_AT_ONCE = 1_000;

/** How far a shard has come, as its owner knows. */
interface Progress {
  published: number;
  saved: number;
  /** Published and saved up to here, and so it stands in the database. */
  noted: number;
  trimmed: number;
  /** When the eldest number may be forgotten, as an instant; earlier nobody need look. */
  forgetAt: number;
}

const rangeOf = (shard: number, from: number) => ({ $gte: rowId(shard, from), $lt: rowId(shard, 999_999_999_999_999) });

/** A document that changed, and about how large it is, as text. */
interface Change {
  seq: number;
  doc: DocChange;
  size: number;
}
interface Saving {
  saved: Saved;
  size: number;
}

/** About how much one command may carry, as text; it holds 16 MB. */
const MOST_SIZE = 5_000_000;

const changesIn = (seq: number, docs: DocChange[], text = ''): Change[] =>
  docs.map((doc) => ({ seq, doc, size: text.length / docs.length }));

const sizeOf = ({ size }: { size: number }): number => size;

/** Rows, snapshots and how far a shard has come, in MongoDB. */
export const createMongoShardLog = (db: mongo.Db, producer: Producer): ShardLog => {
  const rows = db.collection<RowDoc>('log');
  const shards = db.collection<ShardDoc>('shards');
  const progress = new Map<number, Progress>();
  const progressOf = (shard: number): Progress => {
    let own = progress.get(shard);
    if (!own) {
      own = { published: 0, saved: 0, noted: 0, trimmed: 0, forgetAt: 0 };
      progress.set(shard, own);
    }
    return own;
  };

  // Encoded once: the bytes that stand in the row are the ones that are published, now or by whoever comes after. They hang on
  // the row: a young collection counts all values of a `WeakMap` as used, and so moved every row there was into old memory.
  const encodedOf = (row: Row) => (row.written as Encoded | undefined) ?? encodeRow(row, '');

  const ours = async (doc: RowDoc): Promise<boolean> => {
    const there = await rows.findOne({ _id: doc._id }, { projection: { by: 1 } });
    return there?.by === doc.by;
  };
  /** False when the number was written by somebody else. Bare: the driver's own second try costs a write of its own each time. */
  const insert = async (doc: RowDoc): Promise<boolean> => {
    const there = await insertNew(db, 'log', [doc]);
    return there.length === 0 || ours(doc);
  };
  const note = async (shard: number): Promise<void> => {
    const own = progressOf(shard);
    const { published, saved, trimmed } = own;
    const seqs = { publishedSeq: published, savedSeq: saved, trimmedSeq: trimmed };
    await shards.updateOne({ _id: shard }, { $max: seqs }, { upsert: true });
    own.noted = Math.max(own.noted, Math.min(published, saved));
  };

  /** Replaces what is older; another that is newer stays. */
  const replaceOlder = async (collection: Collection, group: Saving[]): Promise<void> => {
    for (const part of cutBySize(group, sizeOf, MOST_SIZE)) {
      const updates = part.map(({ saved: u }) => ({ q: { _id: u._id, at: { $lt: u.at } }, u, upsert: true }));
      await writeEach(db, { update: collection, updates });
    }
  };
  /** What is new is inserted: that costs a third of asking first. What is there already was saved before, by whoever had the shard then. */
  const insertFirst = async (collection: Collection, group: Saving[]): Promise<void> => {
    for (const part of cutBySize(group, sizeOf, MOST_SIZE)) {
      const there = await writeEach(db, { insert: collection, documents: part.map((one) => one.saved) });
      await replaceOlder(
        collection,
        there.map((at) => part[at]!),
      );
    }
  };
  const saveDocs = async (shard: number, list: readonly Change[]): Promise<void> => {
    const latest = new Map<string, Change & { created: boolean }>();
    for (const { seq, doc, size } of list) {
      const name = `${doc.collection}/${doc.key}`;
      latest.set(name, { seq, doc, size, created: doc.created === true || latest.get(name)?.created === true });
    }
    const fresh = new Map<Collection, Saving[]>();
    const known = new Map<Collection, Saving[]>();
    for (const { seq, doc, size, created } of latest.values()) {
      const groups = created ? fresh : known;
      const group = groups.get(doc.collection) ?? [];
      group.push({ saved: savedOf(shard, seq, doc) as Saved, size });
      groups.set(doc.collection, group);
    }
    for (const [collection, group] of fresh) await insertFirst(collection, group);
    for (const [collection, group] of known) await replaceOlder(collection, group);
  };
  const saveDecisions = async (list: DecisionsDoc[]): Promise<void> => {
    for (const documents of cutBySize(list, ({ text }) => text.length, MOST_SIZE))
      await writeEach(db, { insert: 'decision_rows', documents });
  };

  /** Numbers below `done` that are old enough go, the oldest first; the newest always stays. Whether more of them may be left. */
  const forget = async (shard: number, done: number): Promise<boolean> => {
    const own = progressOf(shard);
    const now = Date.now();
    // Before the shard is read nobody knows what there is to forget.
    if (done === 0 || now < own.forgetAt) return false;
    const range = { $gte: rowId(shard, 0), $lt: rowId(shard, done) };
    const eldest = await rows
      .find({ _id: range }, { projection: { at: 1 } })
      .sort({ _id: 1 })
      .limit(FORGOTTEN_AT_ONCE)
      .toArray();
    const kept = eldest.findIndex(({ at }) => at.getTime() >= now - NUMBERS_KEPT_MS);
    const last = kept < 0 ? eldest.at(-1) : eldest[kept - 1];
    if (last) await rows.deleteMany({ _id: { $gte: rowId(shard, 0), $lte: last._id } }, LAZY);
    if (kept < 0 && eldest.length === FORGOTTEN_AT_ONCE) return true;
    own.forgetAt = (eldest[kept]?.at.getTime() ?? now) + NUMBERS_KEPT_MS;
    return false;
  };

  return {
    async append(row) {
      const whole = encodeRow(row, randomUUID());
      row.written = whole;
      // Whatever became of a first try, by an election or a broken line, a second is safe: it meets the first, or another's row.
      return insert(whole.doc).catch(() => insert(whole.doc));
    },
    async publish(list) {
      const records = list.flatMap((row) => encodedOf(row).records);
      if (records.length > 0) await producer.publish(records);
      for (const { shard, seq } of list) progressOf(shard).published = seq;
    },
    async publishRest(shard) {
      const own = progressOf(shard);
      const from = (await shards.findOne({ _id: shard }))?.publishedSeq ?? 0;
      own.published = Math.max(from, own.published);
      const left = rows.find({ _id: rangeOf(shard, from + 1) }).sort({ _id: 1 });
      for await (const { seq, out } of left) {
        const records = recordsIn({ out });
        if (records.length > 0) await producer.publish(records);
        own.published = Math.max(seq, own.published);
      }
    },
    async save(shard, list) {
      // One after another: nobody waits for them, and an offer that comes meanwhile finds the database less busy.
      await saveDecisions(list.flatMap((row) => encodedOf(row).decisions));
      await saveDocs(
        shard,
        list.flatMap((row) => changesIn(row.seq, row.docs, encodedOf(row).doc.docs)),
      );
      progressOf(shard).saved = list.at(-1)!.seq;
      await note(shard);
    },
    note,
    async restore(shard): Promise<Restored> {
      const own = progressOf(shard);
      const there = await shards.findOne({ _id: shard });
      const from = there?.savedSeq ?? 0;
      own.trimmed = there?.trimmedSeq ?? 0;
      let seq = from;
      const rest: Change[] = [];
      for await (const row of rows.find({ _id: rangeOf(shard, from + 1) }).sort({ _id: 1 })) {
        seq = row.seq;
        rest.push(...changesIn(row.seq, docsIn(row), row.docs));
        await saveDecisions(row.decisions ?? []);
      }
      if (rest.length > 0) await saveDocs(shard, rest);
      own.saved = seq;
      if (seq > from) await note(shard);
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
      const own = progressOf(shard);
      if (own.noted < Math.min(own.published, own.saved)) await note(shard);
      const from = own.trimmed;
      const to = Math.min(own.noted, from + TRIMMED_AT_ONCE);
      if (to > from) {
        const range = { $gt: rowId(shard, from), $lte: rowId(shard, to) };
        await rows.updateMany({ _id: range }, { $unset: { docs: '', decisions: '', out: '', answers: '' } }, LAZY);
        own.trimmed = to;
      }
      return (await forget(shard, own.noted)) || to < own.noted;
    },
  };
};

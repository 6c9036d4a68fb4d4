import { customerIdFor } from '@throughline/core';
import type { mongo } from 'mongoose';
import type { Change, ConversationLog, Held, Key, Loaded, SetAside } from '../use-cases/ports';
import { claimBinary, claimText, entryId, keyHash } from './claims';
import { type ConversationDoc, heldOfDoc, stateOfDoc, toConversationDoc } from './conversation-document';
import { type EntryDoc, foldEntry, startOf, toEntry } from './entry-document';
import { messageReads } from './message-reads';
import { touchedNotes } from './touched-notes';

const durable = { writeConcern: { w: 'majority', journal: true } } as const;
const duplicateKey = 11000;
const lastVersion = 0xffff_ffff;

const failedIndexes = (error: unknown): number[] => {
  const failure = error as { code?: number; writeErrors?: { code: number; index: number }[] | { code: number; index: number } };
  if (failure.writeErrors === undefined) throw error;
  const errors = Array.isArray(failure.writeErrors) ? failure.writeErrors : [failure.writeErrors];
  if (errors.some((entry) => entry.code !== duplicateKey)) throw error;
  return errors.map((entry) => entry.index);
};

/** Runs a write of many and gives the indexes that met a duplicate key; any other failure is thrown. */
const duplicates = async (write: () => Promise<unknown>): Promise<number[]> => {
  try {
    await write();
    return [];
  } catch (error) {
    return failedIndexes(error);
  }
};

/** The log of changes and the snapshots, in MongoDB. */
export const createMongoLog = (db: mongo.Db): ConversationLog => {
  const entries = db.collection<EntryDoc>('entries');
  const conversations = db.collection<ConversationDoc>('conversations');
  const setAside = db.collection('set_aside');

  const tailsOf = async (held: Map<Key, Held>): Promise<Map<Key, EntryDoc[]>> => {
    const hashes = new Map([...held.values()].map((one) => [one.key, { hash: keyHash(one.key), from: one.version + 1 }]));
    const firstIds = [...hashes.values()].map(({ hash, from }) => entryId(hash, from));
    const first = await entries.find({ _id: { $in: firstIds } }, { projection: { k: 1 } }).toArray();
    const tails = new Map<Key, EntryDoc[]>();
    if (first.length === 0) return tails;
    const ranges = first.map((doc) => {
      const { hash, from } = hashes.get(doc.k) as { hash: Buffer; from: number };
      return { _id: { $gte: entryId(hash, from), $lte: entryId(hash, lastVersion) } };
    });
    for (let start = 0; start < ranges.length; start += 500) {
      const docs = await entries.find({ $or: ranges.slice(start, start + 500) }).sort({ _id: 1 }).toArray();
      for (const doc of docs) tails.set(doc.k, [...(tails.get(doc.k) ?? []), doc]);
    }
    return tails;
  };

  const load = async (keys: Key[]): Promise<Map<Key, Loaded>> => {
    if (keys.length === 0) return new Map();
    const docs = await conversations.find({ _id: { $in: keys } }).toArray();
    const held = new Map(keys.map((key) => [key, startOf(key)]));
    for (const doc of docs) held.set(doc._id, heldOfDoc(doc));
    const tails = await tailsOf(held);
    const loaded = new Map<Key, Loaded>();
    for (const [key, start] of held) {
      const tail: Change[] = [];
      for (const doc of tails.get(key) ?? []) tail.push(foldEntry(tail.at(-1)?.after ?? start, doc));
      loaded.set(key, { held: tail.at(-1)?.after ?? start, tail });
    }
    return loaded;
  };

  const save = async (held: Held[]): Promise<void> => {
    if (held.length === 0) return;
    const writes = held.map((one): mongo.AnyBulkWriteOperation<ConversationDoc> => {
      const document = toConversationDoc(one);
      if (one.saved === 0) return { insertOne: { document } };
      const { _id, ...replacement } = document;
      return { replaceOne: { filter: { _id, version: { $lt: one.version } }, replacement } };
    });
    const failed = await duplicates(() =>
      conversations.bulkWrite(writes, { ordered: false, ignoreUndefined: true, ...durable }),
    );
    // A new conversation that another process saved in the meantime: the newer version wins.
    await save(failed.map((index) => ({ ...(held[index] as Held), saved: 1 })));
  };

  return {
    load,
    save,
    async holdersOf(claims) {
      const holders = new Map<string, Key>();
      if (claims.length === 0) return holders;
      const wanted = new Set(claims);
      const found = await entries
        .find({ ev: { $in: claims.map(claimBinary) } }, { projection: { k: 1, ev: 1 } })
        .toArray();
      for (const doc of found) {
        for (const binary of doc.ev ?? []) {
          const claim = claimText(binary);
          if (wanted.has(claim)) holders.set(claim, doc.k);
        }
      }
      return holders;
    },
    async append(changes) {
      const docs = changes.map(toEntry);
      const failed = await duplicates(() =>
        entries.insertMany(docs, { ordered: false, ignoreUndefined: true, ...durable }),
      );
      return new Set(failed.map((index) => changes[index]?.after.key as Key));
    },
    async setAside(events: SetAside[]) {
      if (events.length === 0) return;
      const docs = events.map(({ claim, ...rest }) => ({ _id: claimBinary(claim) as unknown as mongo.ObjectId, ...rest }));
      await duplicates(() => setAside.insertMany(docs, { ordered: false, ...durable }));
    },
    async recentOf(tenantId, contactPoints, since) {
      const docs = await conversations
        .find({
          tenantId,
          customerId: { $in: contactPoints.map((point) => customerIdFor(tenantId, point)) },
          updatedAt: { $gte: since },
        })
        .sort({ updatedAt: -1 })
        .limit(Math.min(contactPoints.length * 20, 2000))
        .toArray();
      return docs.map(stateOfDoc);
    },
    async due(now, limit) {
      const docs = await conversations
        .find({ dueAt: { $lte: now } }, { projection: { _id: 1 } })
        .sort({ dueAt: 1 })
        .limit(limit)
        .toArray();
      return docs.map((doc) => doc._id);
    },
    ...messageReads(entries),
    ...touchedNotes(db.collection('touched')),
  };
};

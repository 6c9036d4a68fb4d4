import { customerIdFor, cutBySize, transientError } from '@throughline/core';
import { duplicatesOf } from '@throughline/store';
import type { mongo } from 'mongoose';
import type { Applied, Change, ConversationLog, Held, Key, Loaded, NotTaken, SetAside } from '../use-cases/ports';
import { claimBinary, claimsOf, claimText, entryId, entryVersion, keyHash } from './claims';
import type { ConversationDoc } from './conversation-document';
import { heldOfDoc, stateOfDoc, toConversationDoc } from './conversation-document';
import type { EntryDoc } from './entry-document';
import { foldEntry, startOf, toEntry } from './entry-document';
import { messageReads } from './message-reads';
import { touchedNotes } from './touched-notes';

const durable = { writeConcern: { w: 'majority', journal: true } } as const;
const duplicateKey = 11000;
const lastVersion = 0xffff_ffff;

const partChars = 8_000_000;
/** New conversations per command: the largest stay far below what one message may hold. */
const newAtOnce = 500;

const sizeOf = (change: Change): number => {
  let size = 1000;
  for (const event of change.events) {
    if ('message' in event) size += event.message.text.length + event.message.html.length;
    if (event.type === 'moved_in') for (const one of event.messages) size += one.text.length + one.html.length;
  }
  return size;
};

interface InsertReply {
  writeErrors?: { index: number; code: number; errmsg: string }[];
  writeConcernError?: { errmsg: string };
}

// DocumentValidationFailure, BSONObjectTooLarge, CannotBuildIndexKeys: of this document, whoever writes it and whenever.
const refusals = new Set([121, 10334, 17280]);

interface Inserted {
  /** Indexes of documents that are there already. */
  there: number[];
  refused: { index: number; error: Error }[];
}

/** Inserts by the bare command: `insertMany` walks every document twice to measure it. Throws for what is no fault of a document. */
const insertRaw = async (db: mongo.Db, insert: string, documents: mongo.Document[]): Promise<Inserted> => {
  const { writeConcern } = durable;
  const command = { insert, documents, ordered: false, writeConcern: { w: writeConcern.w, j: true } };
  const reply = (await db.command(command, { ignoreUndefined: true })) as InsertReply;
  if (reply.writeConcernError) throw transientError(`not yet durable: ${reply.writeConcernError.errmsg}`);
  const inserted: Inserted = { there: [], refused: [] };
  for (const { index, code, errmsg } of reply.writeErrors ?? []) {
    if (code === duplicateKey) {
      inserted.there.push(index);
      continue;
    }
    // With its code: an election in the middle of a batch passes.
    const error = Object.assign(new Error(`insert failed: ${errmsg}`), { code });
    if (!refusals.has(code)) throw error;
    inserted.refused.push({ index, error });
  }
  return inserted;
};

/** The log of changes and the snapshots, in MongoDB. */
export const createMongoLog = (db: mongo.Db): ConversationLog => {
  const entries = db.collection<EntryDoc>('entries');
  const conversations = db.collection<ConversationDoc>('conversations');
  const setAside = db.collection('set_aside');

  const tailsOf = async (held: Map<Key, Held>): Promise<Map<Key, EntryDoc[]>> => {
    const hashes = new Map(
      [...held.values()].map((one) => [one.key, { hash: keyHash(one.key), from: one.version + 1 }]),
    );
    const firstIds = [...hashes.values()].map(({ hash, from }) => entryId(hash, from));
    const first = await entries.find({ _id: { $in: firstIds } }, { projection: { k: 1 } }).toArray();
    const tails = new Map<Key, EntryDoc[]>();
    if (first.length === 0) return tails;
    const ranges = first.map((doc) => {
      const { hash, from } = hashes.get(doc.k) as { hash: Buffer; from: number };
      return { _id: { $gte: entryId(hash, from), $lte: entryId(hash, lastVersion) } };
    });
    for (let start = 0; start < ranges.length; start += 500) {
      const docs = await entries
        .find({ $or: ranges.slice(start, start + 500) })
        .sort({ _id: 1 })
        .toArray();
      for (const doc of docs) tails.set(doc.k, [...(tails.get(doc.k) ?? []), doc]);
    }
    return tails;
  };

  const rangesOf = (keys: Key[]) =>
    keys.map((key) => ({ _id: { $gte: entryId(keyHash(key), 0), $lte: entryId(keyHash(key), lastVersion) } }));

  const appliedTo = async (keys: Key[]): Promise<Map<Key, Applied>> => {
    const found = new Map<Key, Applied>(keys.map((key) => [key, new Map()]));
    for (let start = 0; start < keys.length; start += 500) {
      const cursor = entries.find(
        { $or: rangesOf(keys.slice(start, start + 500)) },
        { projection: { k: 1, ev: 1, fx: 1 }, batchSize: 2000 },
      );
      for await (const doc of cursor) {
        const version = entryVersion(doc._id);
        const applied = found.get(doc.k);
        for (const claim of [...(doc.ev ?? []).map(claimText), ...claimsOf(doc.fx)]) applied?.set(claim, version);
      }
    }
    return found;
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

  const replace = async (held: Held[]): Promise<void> => {
    if (held.length === 0) return;
    const writes = held.map((one): mongo.AnyBulkWriteOperation<ConversationDoc> => {
      const { _id, ...replacement } = toConversationDoc(one);
      return { replaceOne: { filter: { _id, version: { $lt: one.version } }, replacement } };
    });
    await duplicatesOf(() => conversations.bulkWrite(writes, { ordered: false, ignoreUndefined: true, ...durable }));
  };

  const save = async (held: Held[]): Promise<void> => {
    const known: Held[] = [];
    const fresh: Held[] = [];
    for (const one of held) (one.saved === 0 ? fresh : known).push(one);
    for (let start = 0; start < fresh.length; start += newAtOnce) {
      const part = fresh.slice(start, start + newAtOnce);
      // A new conversation that another process saved in the meantime: the newer version wins.
      const { there, refused } = await insertRaw(db, 'conversations', part.map(toConversationDoc));
      if (refused[0]) throw refused[0].error;
      for (const index of there) known.push(part[index] as Held);
    }
    await replace(known);
  };

  return {
    load,
    appliedTo,
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
    async stateAt(key, claim) {
      const last = await entries.findOne({ k: key, ev: claimBinary(claim) }, { projection: { _id: 1 } });
      if (!last) return undefined;
      let held = startOf(key);
      const rows = entries.find({ _id: { $gte: entryId(keyHash(key), 0), $lte: last._id } }).sort({ _id: 1 });
      for await (const row of rows) held = foldEntry(held, row).after;
      return held.state;
    },
    async append(changes) {
      const notTaken: NotTaken = { conflicts: new Set(), refused: new Map() };
      for (const part of cutBySize(changes, sizeOf, partChars)) {
        const keyOf = (index: number) => part[index]?.after.key as Key;
        const { there, refused } = await insertRaw(db, 'entries', part.map(toEntry));
        for (const index of there) notTaken.conflicts.add(keyOf(index));
        for (const { index, error } of refused) notTaken.refused.set(keyOf(index), error);
      }
      return notTaken;
    },
    async setAside(events: SetAside[]) {
      if (events.length === 0) return;
      const docs = events.map(({ claim, ...rest }) => ({
        _id: claimBinary(claim) as unknown as mongo.ObjectId,
        ...rest,
      }));
      await duplicatesOf(() => setAside.insertMany(docs, { ordered: false, ...durable }));
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

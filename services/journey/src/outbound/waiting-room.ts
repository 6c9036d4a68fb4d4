import type { mongo } from 'mongoose';
import type { WaitingRoom } from '../use-cases/ports';

interface WaitingDoc {
  _id: string;
  conversation: string;
  value: Buffer;
  /** When it was last looked at; the longest unlooked-at comes first. */
  lookedAt: Date;
  since: Date;
}

const written = { writeConcern: { w: 'majority', j: true } } as const;

/** Events without a contact point whose conversation is unknown so far. Empty in quiet running. */
export const createWaitingRoom = (db: mongo.Db, now: () => Date): WaitingRoom => {
  const collection = db.collection<WaitingDoc>('waiting_events');
  return {
    async add(events) {
      const since = now();
      await collection.bulkWrite(
        events.map(({ name, conversation, value }) => {
          const doc = { conversation, value, lookedAt: since, since };
          return { updateOne: { filter: { _id: name }, update: { $setOnInsert: doc }, upsert: true } };
        }),
        { ordered: false, ...written },
      );
    },
    async some(limit) {
      const docs = await collection.find({}, { promoteBuffers: true }).sort({ lookedAt: 1 }).limit(limit).toArray();
      if (docs.length === 0) return [];
      await collection.updateMany({ _id: { $in: docs.map((doc) => doc._id) } }, { $set: { lookedAt: now() } }, written);
      return docs.map((doc) => ({ id: doc._id, value: doc.value }));
    },
    async remove(ids) {
      await collection.deleteMany({ _id: { $in: ids } }, written);
    },
  };
};

import type { mongo } from 'mongoose';
import type { AcknowledgementLedger } from '../use-cases/ports';

interface LedgerDoc {
  _id: string;
  sentAt: number[];
  lastConversation: string;
  /** For the index that forgets senders. */
  at: Date;
}

/** One document per sender; taking a turn is one conditional write. */
export const createMongoLedger = (db: mongo.Db): AcknowledgementLedger => {
  const ledger = db.collection<LedgerDoc>('acknowledgements');
  return {
    async read(senders) {
      const docs = await ledger.find({ _id: { $in: senders } }).toArray();
      return new Map(docs.map(({ _id, sentAt, lastConversation }) => [_id, { sentAt, lastConversation }]));
    },
    async take(sender, before, after) {
      const update = { $set: { ...after, at: new Date() } };
      try {
        const filter = { _id: sender, lastConversation: before?.lastConversation ?? '' };
        const result = await ledger.updateOne(filter, update, {
          upsert: before === undefined,
          writeConcern: { w: 'majority', journal: true },
        });
        return result.modifiedCount + result.upsertedCount > 0;
      } catch (error) {
        if ((error as { code?: number }).code === 11000) return false;
        throw error;
      }
    },
  };
};

import { mongo } from 'mongoose';
import type { ConversationLog } from '../use-cases/ports';

interface NoteDoc {
  _id: mongo.ObjectId;
  at: Date;
  keys: string[];
}

type Notes = Pick<ConversationLog, 'noteTouched' | 'forgetTouched' | 'abandoned'>;

/**
 * Snapshots are saved some time after the change. One small note per batch names the conversations that wait for
 * theirs, so that another process can save them when this one dies.
 */
export const touchedNotes = (collection: mongo.Collection<mongo.Document>): Notes => {
  const notes = collection as unknown as mongo.Collection<NoteDoc>;
  return {
    async noteTouched(keys) {
      const note: NoteDoc = { _id: new mongo.ObjectId(), at: new Date(), keys };
      await notes.insertOne(note, { writeConcern: { w: 'majority', journal: true } });
      return Buffer.from(note._id.id);
    },
    async forgetTouched(ids) {
      if (ids.length > 0) await notes.deleteMany({ _id: { $in: ids.map((id) => new mongo.ObjectId(id)) } });
    },
    async abandoned(olderThan) {
      const docs = await notes
        .find({ at: { $lt: new Date(olderThan) } })
        .limit(50)
        .toArray();
      return docs.map((doc) => ({ note: Buffer.from(doc._id.id), keys: doc.keys }));
    },
  };
};

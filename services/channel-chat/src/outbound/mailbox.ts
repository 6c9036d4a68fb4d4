import type { IndexSpec, Store } from '@throughline/store';
import { createIndexes, watchInserts } from '@throughline/store';
import type { Mailbox, NewMessage, OutgoingMessage } from '../use-cases/ports';

interface Doc extends OutgoingMessage {
  _id: string;
  receivedAt?: Date;
  /** What answered its question first. */
  answeredBy?: string;
}

interface Thread {
  _id: string;
  last: number;
}

export const mailboxIndexes: IndexSpec[] = [
  { collection: 'outgoing', name: 'by_thread', keys: { tenantId: 1, thread: 1, cursor: 1 }, unique: true },
];

/** Brings the database to what the code expects. */
export const prepareSchema = (store: Store): Promise<void> => createIndexes(store, mailboxIndexes);

const bare = ({ _id, receivedAt: _, answeredBy: __, ...message }: Doc): OutgoingMessage => message;

/** Messages for visitors in MongoDB. */
export const createMailbox = (store: Store): Mailbox => {
  const outgoing = () => store.db.collection<Doc>('outgoing');
  const threads = () => store.db.collection<Thread>('threads');
  const idOf = ({ tenantId, id }: { tenantId: string; id: string }) => `${tenantId}/${id}`;
  const nextCursor = async ({ tenantId, thread }: NewMessage): Promise<number> => {
    const options = { upsert: true, returnDocument: 'after' } as const;
    const doc = await threads().findOneAndUpdate({ _id: `${tenantId}/${thread}` }, { $inc: { last: 1 } }, options);
    return doc?.last ?? 1;
  };
  const ofQuestion = (tenantId: string, thread: string, questionId: string) => ({
    tenantId,
    thread,
    'question.questionId': questionId,
  });
  return {
    async put(messages) {
      const known = await outgoing()
        .find({ _id: { $in: messages.map(idOf) } }, { projection: { _id: 1 } })
        .toArray();
      const seen = new Set(known.map(({ _id }) => _id));
      for (const message of messages) {
        const _id = idOf(message);
        if (seen.has(_id)) continue;
        seen.add(_id);
        const cursor = await nextCursor(message);
        try {
          await outgoing().insertOne({ _id, ...message, cursor });
        } catch (error) {
          // Another process stored the same message first; its cursor counts.
          if ((error as { code?: number }).code !== 11000) throw error;
        }
      }
    },
    async after(tenantId, thread, cursor, limit) {
      const found = outgoing()
        .find({ tenantId, thread, cursor: { $gt: cursor } })
        .sort({ cursor: 1 })
        .limit(limit);
      return (await found.toArray()).map((doc) => bare(doc as Doc));
    },
    async received(tenantId, thread, cursor) {
      const filter = { tenantId, thread, cursor: { $lte: cursor }, receivedAt: { $exists: false } };
      const docs = await outgoing().find(filter).sort({ cursor: 1 }).limit(500).toArray();
      if (docs.length > 0)
        await outgoing().updateMany({ _id: { $in: docs.map(({ _id }) => _id) } }, { $set: { receivedAt: new Date() } });
      return docs.map((doc) => bare(doc as Doc));
    },
    async asked(tenantId, thread, questionId) {
      const found = await outgoing().findOne(ofQuestion(tenantId, thread, questionId));
      return found?.question;
    },
    async askedLast(tenantId, thread, clientId) {
      const last = await outgoing().findOne({ tenantId, thread }, { sort: { cursor: -1 } });
      const open = last?.answeredBy === undefined || last.answeredBy === clientId;
      return open ? last?.question : undefined;
    },
    async answered(tenantId, thread, questionId, answeredBy) {
      const filter = { ...ofQuestion(tenantId, thread, questionId), answeredBy: { $exists: false } };
      await outgoing().updateOne(filter, { $set: { answeredBy } });
    },
    async watch(onMessage) {
      const feed = await watchInserts<Doc>(store, 'outgoing', (doc) => onMessage(bare(doc)));
      return () => feed.stop();
    },
  };
};

import { mongo } from 'mongoose';
import type { Viewing, Viewings } from '../use-cases/ports';

interface ViewingDoc extends Viewing {
  _id: mongo.ObjectId;
  key: string;
}

const fadesAfterMs = 30_000;

/** Who looks at a conversation now. One small row per announcement: every replica sees it by the change feed. */
export const createViewings = (db: mongo.Db): Viewings => {
  const viewings = db.collection<ViewingDoc>('viewings');
  const current = async (key: string): Promise<Viewing[]> => {
    const docs = await viewings
      .find({ key, at: { $gt: new Date(Date.now() - fadesAfterMs) } })
      .sort({ at: 1, _id: 1 })
      .toArray();
    return [...new Map(docs.map((doc) => [doc.agentId, doc])).values()];
  };
  return {
    current,
    async announce(key, agentId, typing) {
      await viewings.insertOne({ _id: new mongo.ObjectId(), key, agentId, typing, at: new Date() });
      return current(key);
    },
  };
};

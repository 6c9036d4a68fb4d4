import type { Store } from '@throughline/store';

const READ_AT_ONCE = 500;

/** A document and the moment somebody must look at it. */
export interface Due {
  id: string;
  at: number;
}

/** Documents of a collection, in these shards, that are due before a moment; read from the index alone. */
export const dueIndex =
  (store: Pick<Store, 'db'>, collection: string) =>
  async (shards: number[], until: number, limit: number): Promise<Due[]> => {
    if (shards.length === 0) return [];
    const found = (await store.db
      .collection(collection)
      .find({ shard: { $in: shards }, dueAt: { $lt: new Date(until) } })
      .project<{ _id: string; dueAt: Date }>({ _id: 1, dueAt: 1 })
      .sort({ dueAt: 1 })
      .limit(limit)
      // A whole answer of thousands would be read in one go, and what is due meanwhile would wait.
      .batchSize(READ_AT_ONCE)
      .toArray()) as unknown as { _id: string; dueAt: Date }[];
    return found.map(({ _id, dueAt }) => ({ id: _id, at: dueAt.getTime() }));
  };

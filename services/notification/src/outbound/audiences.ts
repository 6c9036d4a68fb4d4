import type { IndexSpec, Store } from '@throughline/store';
import type { Audiences } from '../use-cases/ports';

interface Doc {
  _id: string;
  tenantId: string;
  audience: string;
  point: string;
}

export const audienceIndexes: IndexSpec[] = [
  { collection: 'audiences', name: 'of_audience', keys: { tenantId: 1, audience: 1, point: 1 }, unique: true },
];

/** Sets of addresses on MongoDB; who is in one twice is in it once. */
export const createAudiences = (store: Pick<Store, 'db'>): Audiences => {
  const members = () => store.db.collection<Doc>('audiences');
  return {
    async add(tenantId, audience, points) {
      if (points.length === 0) return;
      await members().bulkWrite(
        [...new Set(points)].map((point) => ({
          updateOne: {
            filter: { _id: `${tenantId}/${audience}/${point}` },
            update: { $setOnInsert: { tenantId, audience, point } },
            upsert: true,
          },
        })),
        { ordered: false },
      );
    },
    async page(tenantId, audience, after, limit) {
      const found = members()
        .find({ tenantId, audience, point: { $gt: after } })
        .project<{ point: string }>({ _id: 0, point: 1 })
        .sort({ point: 1 })
        .limit(limit);
      return (await found.toArray()).map(({ point }) => point);
    },
    count: (tenantId, audience) => members().countDocuments({ tenantId, audience }),
  };
};

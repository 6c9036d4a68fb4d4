import { customerIdFor } from '@throughline/core';
import type { Store } from '@throughline/store';
import type { CustomerPoints } from '../use-cases/ports';

interface Doc {
  _id: string;
  tenantId: string;
  customerId: string;
  at: Date;
}

/** Which customer an address belongs to, as journey states it; computed where it said nothing. */
export const createCustomerPoints = (store: Pick<Store, 'db'>): CustomerPoints => {
  const points = () => store.db.collection<Doc>('customer_points');
  return {
    async customersOf(tenantId, wanted) {
      const ids = wanted.map((point) => `${tenantId}/${point}`);
      const found = await points()
        .find({ _id: { $in: ids } })
        .toArray();
      const known = new Map(found.map(({ _id, customerId }) => [_id, customerId]));
      return new Map(
        wanted.map((point) => [point, known.get(`${tenantId}/${point}`) ?? customerIdFor(tenantId, point)]),
      );
    },
    async pointOf(tenantId, customerId) {
      const found = await points().findOne({ tenantId, customerId }, { sort: { at: 1 } });
      if (found) return found._id.slice(tenantId.length + 1);
      // Journey states only what it linked; of everybody else we know the address that was written to last.
      const written = await store.db
        .collection<{ point: string }>('deliveries')
        .findOne({ tenantId, customerId }, { sort: { createdAt: -1 }, projection: { point: 1 } });
      return written?.point ?? '';
    },
    async learn(facts) {
      if (facts.length === 0) return;
      // What was recorded later counts, however the events are read again.
      await points().bulkWrite(
        facts.map(({ tenantId, point, customerId, at }) => ({
          updateOne: {
            filter: { _id: `${tenantId}/${point}` },
            update: [
              {
                $set: {
                  tenantId: { $literal: tenantId },
                  customerId: {
                    $cond: [
                      { $lte: [{ $ifNull: ['$at', new Date(0)] }, new Date(at)] },
                      { $literal: customerId },
                      '$customerId',
                    ],
                  },
                  at: { $max: ['$at', new Date(at)] },
                },
              },
            ],
            upsert: true,
          },
        })),
        { ordered: true },
      );
    },
  };
};

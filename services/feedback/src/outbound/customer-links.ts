import { customerIdFor } from '@throughline/core';
import type { Store } from '@throughline/store';
import type { mongo } from 'mongoose';
import type { CustomerLinks } from '../use-cases/ports';

/** A contact point and the customer it belongs to, as journey said last. */
interface LinkDoc {
  _id: string;
  tenantId: string;
  contactPoint: string;
  customerId: string;
  /** Time of the event that said so: an older one changes nothing. */
  at: number;
}

const MOST = 200;

/** A small copy of what journey said about customers, so that one person counts once without a call. */
export const createCustomerLinks = (store: Pick<Store, 'db'>): CustomerLinks => {
  const links = () => store.db.collection<LinkDoc>('customer_links');
  return {
    async apply(facts) {
      if (facts.length === 0) return;
      const writes = facts.map(({ tenantId, contactPoint, customerId, at }) => ({
        updateOne: {
          filter: { _id: `${tenantId}/${contactPoint}` },
          // One pipeline: the newer statement wins, whatever arrives first.
          update: [
            {
              $set: {
                tenantId: { $literal: tenantId },
                contactPoint: { $literal: contactPoint },
                customerId: {
                  $cond: [{ $gt: [{ $ifNull: ['$at', -1] }, at] }, '$customerId', { $literal: customerId }],
                },
                at: { $max: ['$at', at] },
              },
            },
          ] as mongo.Document[],
          upsert: true,
        },
      }));
      await links().bulkWrite(writes, { ordered: true });
    },
    async whois(tenantId, contactPoint) {
      const own = customerIdFor(tenantId, contactPoint);
      const link = await links().findOne({ _id: `${tenantId}/${contactPoint}` });
      const customerId = link?.customerId ?? own;
      const others = await links()
        .find({ tenantId: { $eq: tenantId }, customerId: { $eq: customerId } })
        .sort({ contactPoint: 1 })
        .limit(MOST)
        .toArray();
      const points = [...new Set([contactPoint, ...others.map((one) => one.contactPoint)])];
      const ids = [...new Set([customerId, ...points.map((point) => customerIdFor(tenantId, point))])];
      return { customerId, points, ids };
    },
  };
};

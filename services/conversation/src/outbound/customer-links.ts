import { customerIdFor } from '@throughline/core';
import type { mongo } from 'mongoose';
import { defaultCustomer } from '../domain/customers';
import type { CustomerLinks } from '../use-cases/ports';

/** A contact point whose customer is another than the one that follows from it. */
interface LinkDoc {
  _id: string;
  tenantId: string;
  contactPoint: string;
  customerId: string;
  /** Customer that follows from the contact point itself. */
  defaultId: string;
  /** Time of the event that said so: an older one changes nothing. */
  at: number;
}

/** The links as this service's own lists ask them, too. */
export interface MongoCustomerLinks extends CustomerLinks {
  /** What a customer's conversations have in common. */
  filterFor(tenantId: string, customerId: string): Promise<mongo.Document>;
}

const idOf = (tenantId: string, contactPoint: string): string => `${tenantId}/${contactPoint}`;

/** A small copy of what journey said about customers, so that no call is needed to answer a list. */
export const createCustomerLinks = (db: mongo.Db): MongoCustomerLinks => {
  const links = db.collection<LinkDoc>('customer_links');
  return {
    async apply(facts) {
      if (facts.length === 0) return;
      const writes = facts.map(({ tenantId, contactPoint, customerId, at }) => ({
        updateOne: {
          filter: { _id: idOf(tenantId, contactPoint) },
          // One pipeline: the newer statement wins, whatever arrives first.
          update: [
            {
              $set: {
                tenantId,
                contactPoint,
                defaultId: customerIdFor(tenantId, contactPoint),
                customerId: {
                  $cond: [{ $gt: [{ $ifNull: ['$at', -1] }, at] }, '$customerId', { $literal: customerId }],
                },
                at: { $max: ['$at', at] },
              },
            },
          ],
          upsert: true,
        },
      }));
      await links.bulkWrite(writes, { ordered: true, writeConcern: { w: 'majority', journal: true } });
    },
    async customersOf(points) {
      const ids = [
        ...new Set(points.filter((one) => one.contactPoint).map((one) => idOf(one.tenantId, one.contactPoint))),
      ];
      if (ids.length === 0) return defaultCustomer;
      const found = await links.find({ _id: { $in: ids } }).toArray();
      const known = new Map(found.map((doc) => [doc._id, doc.customerId]));
      return (tenantId, contactPoint) =>
        known.get(idOf(tenantId, contactPoint)) ?? defaultCustomer(tenantId, contactPoint);
    },
    async filterFor(tenantId, customerId) {
      const own = await links.find({ tenantId, customerId }).limit(1000).toArray();
      const defaults = own.map((doc) => doc.defaultId);
      const gone = await links.find({ tenantId, defaultId: customerId, customerId: { $ne: customerId } }).toArray();
      const away = gone.map((doc) => doc.contactPoint);
      return { customerId: { $in: [...new Set([customerId, ...defaults])] }, contactPoint: { $nin: away } };
    },
  };
};

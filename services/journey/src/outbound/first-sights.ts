import type { Producer } from '@throughline/bus';
import { insertNew } from '@throughline/store';
import type { mongo } from 'mongoose';
import type { Customers, FirstSight } from '../use-cases/ports';
import { customerDocId, firstDoc } from './customer-doc';
import { CUSTOMERS_TOPIC, createdEvent } from './customer-events';

/** From this share of known ones on it is cheaper to ask first than to be told by errors. */
const ASK_FIRST = 0.1;

/** Writes the documents of new customers. */
export const createFirstSights = (db: mongo.Db, producer: Pick<Producer, 'publish'>): Customers => {
  const collection = db.collection<{ _id: string }>('customers');
  // After a start nothing is remembered, and most contact points have been seen before.
  let shareKnown = 1;

  const unknown = async (sights: FirstSight[]): Promise<FirstSight[]> => {
    const ids = sights.map(({ tenantId, base }) => customerDocId(tenantId, base));
    const there = await collection.find({ _id: { $in: ids } }, { projection: { _id: 1 } }).toArray();
    const known = new Set(there.map(({ _id }) => _id));
    return sights.filter((_, i) => !known.has(ids[i]!));
  };

  return {
    async meet(sights) {
      const fresh = shareKnown > ASK_FIRST ? await unknown(sights) : sights;
      const met = await insertNew(
        db,
        'customers',
        fresh.map((sight) => firstDoc(sight, 0)),
      );
      shareKnown = (sights.length - fresh.length + met.length) / sights.length;
    },
    async create(sights) {
      const fresh = await unknown(sights);
      if (fresh.length === 0) return;
      // Announced before it is written, which is safe here and saves the outbox: the announcement follows from the
      // contact point alone, and whoever repeats the call after a crash announces the same event again.
      await producer.publish(
        fresh.map((sight) => ({
          topic: CUSTOMERS_TOPIC,
          key: customerDocId(sight.tenantId, sight.base),
          value: createdEvent(sight),
        })),
      );
      await insertNew(
        db,
        'customers',
        fresh.map((sight) => firstDoc(sight, 1)),
      );
    },
  };
};

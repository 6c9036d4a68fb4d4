import type { Producer } from '@throughline/bus';
import type { mongo } from 'mongoose';
import type { FirstSight } from '../use-cases/ports';
import { customerDocId, firstDoc } from './customer-doc';
import { CUSTOMERS_TOPIC, createdEvent } from './customer-events';

/**
 * Creates the customers of new contact points. The announcement goes out before the document is written, which is
 * safe here and saves the outbox: it follows from the contact point alone, so a crash in between only means that the
 * same event is read and announced once more under the same id, and a document that exists has been announced.
 */
export const createFirstSights = (db: mongo.Db, producer: Pick<Producer, 'publish'>) => {
  const collection = db.collection<{ _id: string }>('customers');
  return async (sights: FirstSight[]): Promise<void> => {
    const ids = sights.map(({ tenantId, base }) => customerDocId(tenantId, base));
    const there = await collection.find({ _id: { $in: ids } }, { projection: { _id: 1 } }).toArray();
    const known = new Set(there.map(({ _id }) => _id));
    const fresh = sights.filter((_, i) => !known.has(ids[i]!));
    if (fresh.length === 0) return;
    await producer.publish(
      fresh.map((sight) => ({
        topic: CUSTOMERS_TOPIC,
        key: customerDocId(sight.tenantId, sight.base),
        value: createdEvent(sight),
      })),
    );
    const result = await db.command({
      insert: 'customers',
      documents: fresh.map(firstDoc),
      ordered: false,
      writeConcern: { w: 'majority', j: true },
    });
    const other = result['writeErrors']?.find((error: { code: number }) => error.code !== 11000);
    if (other) throw Object.assign(new Error(`insert into customers: ${other.errmsg}`), { code: other.code });
    if (result['writeConcernError']) throw Object.assign(new Error('customers: not yet durable'), { transient: true });
  };
};

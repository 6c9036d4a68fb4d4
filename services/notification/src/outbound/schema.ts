import type { IndexSpec, Store } from '@throughline/store';
import { applyMigrations, assertIndexes, createIndexes } from '@throughline/store';

const unpublished = (collection: string): IndexSpec => ({
  collection,
  name: 'unpublished',
  keys: { unpublishedSince: 1 },
  sparse: true,
});

/** What queries rely on. */
export const indexes: IndexSpec[] = [
  ...['policies', 'books', 'deliveries', 'suppressions', 'templates'].map(unpublished),
  {
    collection: 'deliveries',
    name: 'due',
    keys: { shard: 1, dueAt: 1 },
    partialFilterExpression: { dueAt: { $exists: true } },
  },
  { collection: 'deliveries', name: 'listed', keys: { tenantId: 1, createdAt: -1, _id: -1 } },
  { collection: 'deliveries', name: 'of_customer', keys: { tenantId: 1, customerId: 1, createdAt: -1, _id: -1 } },
  // One message at a provider belongs to one of ours, whoever finds it first.
  { collection: 'deliveries', name: 'sid', keys: { sid: 1 }, unique: true, sparse: true },
  { collection: 'suppressions', name: 'listed', keys: { tenantId: 1, createdAt: -1, _id: -1 } },
  { collection: 'customer_points', name: 'of_customer', keys: { tenantId: 1, customerId: 1, at: 1 } },
];

/** Brings the database to what the code expects, once for all processes that start. */
export const prepareSchema = async (store: Store): Promise<void> => {
  await applyMigrations(store, [{ id: '0002-indexes', up: () => createIndexes(store, indexes) }]);
  await assertIndexes(store, indexes);
};

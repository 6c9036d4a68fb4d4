import type { IndexSpec, Store } from '@throughline/store';
import { applyMigrations, assertIndexes, createIndexes } from '@throughline/store';
import { audienceIndexes } from './audiences';
import { noticeIndexes, stampOldNotices } from './notice-store';
import { webhookIndexes } from './webhooks/delivery-queue';

const unpublished = (collection: string): IndexSpec => ({
  collection,
  name: 'unpublished',
  keys: { unpublishedSince: 1 },
  sparse: true,
});

// Whoever looks for one state of one kind of channel does not walk through all the others that are due as well. The rest of
// its fields saves reading the documents.
const dueIndex: IndexSpec = {
  collection: 'deliveries',
  name: 'due_by_state',
  keys: { shard: 1, state: 1, channel: 1, dueAt: 1, tenantId: 1, deliveryId: 1 },
  partialFilterExpression: { dueAt: { $exists: true } },
};

/** What queries rely on. */
export const indexes: IndexSpec[] = [
  ...['policies', 'books', 'deliveries', 'suppressions', 'templates', 'incidents', 'tellings'].map(unpublished),
  dueIndex,
  { collection: 'deliveries', name: 'listed', keys: { tenantId: 1, createdAt: -1, _id: -1 } },
  { collection: 'deliveries', name: 'of_customer', keys: { tenantId: 1, customerId: 1, createdAt: -1, _id: -1 } },
  {
    collection: 'deliveries',
    name: 'under_way',
    keys: { tenantId: 1, point: 1 },
    partialFilterExpression: { state: { $in: ['sending', 'unknown'] } },
  },
  // One message at a provider belongs to one of ours, whoever finds it first.
  { collection: 'deliveries', name: 'sid', keys: { sid: 1 }, unique: true, sparse: true },
  { collection: 'suppressions', name: 'listed', keys: { tenantId: 1, createdAt: -1, _id: -1 } },
  { collection: 'customer_points', name: 'of_customer', keys: { tenantId: 1, customerId: 1, at: 1 } },
  { collection: 'incidents', name: 'listed', keys: { tenantId: 1, openedAt: -1, _id: -1 } },
  { collection: 'incidents', name: 'duties', keys: { dutyAt: 1 }, sparse: true },
  { collection: 'tellings', name: 'due', keys: { dueAt: 1 }, sparse: true },
  ...audienceIndexes,
  ...noticeIndexes,
];

/** Brings the database to what the code expects, once for all processes that start. */
export const prepareSchema = async (store: Store): Promise<void> => {
  await applyMigrations(store, [
    { id: '0003-indexes', up: () => createIndexes(store, indexes) },
    { id: '0004-webhooks', up: () => createIndexes(store, webhookIndexes) },
    { id: '0005-stamps-of-notices', up: stampOldNotices },
    { id: '0006-due-by-state', up: () => createIndexes(store, [dueIndex]) },
  ]);
  await assertIndexes(store, [...indexes, ...webhookIndexes]);
};

import type { IndexSpec, Store } from '@throughline/store';
import { applyMigrations, assertIndexes, createIndexes, rowIndexes } from '@throughline/store';

// Covered by the timers' look ahead: shard, moment and id are all it reads.
const due = { shard: 1, dueAt: 1, _id: 1 } as const;
const withMoment = { dueAt: { $exists: true } };

/** What queries rely on. */
export const indexes: IndexSpec[] = [
  { collection: 'dockets', name: 'due', keys: due, partialFilterExpression: withMoment },
  { collection: 'dockets', name: 'opened', keys: { tenantId: 1, openedAt: -1, _id: 1 } },
  { collection: 'dockets', name: 'risk', keys: { tenantId: 1, riskAt: 1 } },
  { collection: 'dockets', name: 'started', keys: { tenantId: 1, startedAt: 1 } },
  ...rowIndexes('dockets'),
  { collection: 'promises', name: 'due', keys: due, partialFilterExpression: withMoment },
  { collection: 'promises', name: 'listed', keys: { tenantId: 1, due: 1, _id: 1 } },
  { collection: 'promises', name: 'conversation', keys: { tenantId: 1, conversationId: 1, due: 1 } },
  { collection: 'promises', name: 'unpublished', keys: { unpublishedSince: 1 }, sparse: true },
  { collection: 'calendars', name: 'unpublished', keys: { unpublishedSince: 1 }, sparse: true },
  { collection: 'policies', name: 'unpublished', keys: { unpublishedSince: 1 }, sparse: true },
];

/** Brings the database to what the code expects, once for all processes that start. */
export const prepareSchema = async (store: Store): Promise<void> => {
  await applyMigrations(store, [{ id: '0001-indexes', up: () => createIndexes(store, indexes) }]);
  await assertIndexes(store, indexes);
};

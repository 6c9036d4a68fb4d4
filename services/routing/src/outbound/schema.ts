import type { IndexSpec, Store } from '@throughline/store';
import { applyMigrations, assertIndexes, createIndexes } from '@throughline/store';

const DAY = 86_400;
const perShard = ['agent_states', 'queue_states', 'skills', 'teams', 'queues', 'agents', 'policies', 'wellbeing'];

/** What queries rely on. Single reads go by `_id`. */
export const indexes: IndexSpec[] = [
  { collection: 'work_items', name: 'open', keys: { shard: 1 }, partialFilterExpression: { open: true } },
  { collection: 'work_items', name: 'latest', keys: { tenantId: 1, arrivedAt: -1, _id: -1 } },
  { collection: 'work_items', name: 'conversation', keys: { tenantId: 1, conversationId: 1, arrivedAt: -1 } },
  { collection: 'work_items', name: 'queue', keys: { tenantId: 1, queueIds: 1, lastAt: -1 } },
  { collection: 'decision_rows', name: 'decision', keys: { ids: 1 } },
  { collection: 'decision_rows', name: 'time', keys: { tenantId: 1, at: -1 } },
  { collection: 'agent_days', name: 'day', keys: { tenantId: 1, 'state.day': 1, 'state.agentId': 1 } },
  ...perShard.map((collection) => ({ collection, name: 'shard', keys: { shard: 1 as const } })),
  ...perShard.map((collection) => ({
    collection,
    name: 'forget',
    keys: { goneAt: 1 as const },
    expireAfterSeconds: 7 * DAY,
  })),
  { collection: 'inbox', name: 'shard', keys: { shard: 1, _id: 1 } },
  // A command that nobody fetched for a day has no caller any more.
  { collection: 'inbox', name: 'forget', keys: { at: 1 }, expireAfterSeconds: DAY },
];

/** Brings the database to what the code expects, once for all processes that start. */
export const prepareSchema = async (store: Store): Promise<void> => {
  await applyMigrations(store, [
    { id: '0001-indexes', up: () => createIndexes(store, indexes) },
    // Queues that guard themselves, and offers by time.
    { id: '0002-guards-and-dry-runs', up: () => createIndexes(store, indexes) },
    // Decisions of a row together.
    { id: '0003-decisions-by-row', up: () => createIndexes(store, indexes) },
    { id: '0004-wellbeing', up: () => createIndexes(store, indexes) },
  ]);
  await assertIndexes(store, indexes);
};

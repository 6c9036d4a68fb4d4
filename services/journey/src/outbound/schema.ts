import type { IndexSpec, Store } from '@throughline/store';
import { applyMigrations, assertIndexes, createIndexes } from '@throughline/store';

const DAY = 86_400;

/**
 * What queries rely on. The timeline itself needs only its `_id`: the key is the range. `opening` holds one entry per
 * aggregate, for events that name nothing but their conversation.
 */
export const indexes: IndexSpec[] = [
  { collection: 'timeline', name: 'opening', keys: { o: 1 }, sparse: true },
  { collection: 'customers', name: 'link', keys: { 'links.id': 1 }, sparse: true },
  { collection: 'customers', name: 'unsettled', keys: { unsettled: 1 }, sparse: true },
  { collection: 'customers', name: 'unpublished', keys: { unpublishedSince: 1 }, sparse: true },
  { collection: 'waiting_events', name: 'turn', keys: { lookedAt: 1 } },
  // Topics keep events for 14 days: a conversation nobody told us about by then will not come.
  { collection: 'waiting_events', name: 'expiry', keys: { since: 1 }, expireAfterSeconds: 30 * DAY },
];

/** Brings the database to what the code expects, once for all processes that start. */
export const prepareSchema = async (store: Store): Promise<void> => {
  await applyMigrations(store, [{ id: '0001-indexes', up: () => createIndexes(store, indexes) }]);
  await assertIndexes(store, indexes);
};

import type { IndexSpec, Store } from '@throughline/store';
import { applyMigrations, assertIndexes, createIndexes } from '@throughline/store';

/** What queries rely on. */
export const indexes: IndexSpec[] = [
  { collection: 'policies', name: 'unpublished', keys: { unpublishedSince: 1 }, sparse: true },
];

/** Brings the database to what the code expects, once for all processes that start. */
export const prepareSchema = async (store: Store): Promise<void> => {
  await applyMigrations(store, [{ id: '0001-indexes', up: () => createIndexes(store, indexes) }]);
  await assertIndexes(store, indexes);
};

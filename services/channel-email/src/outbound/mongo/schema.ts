import type { IndexSpec, Migration, Store } from '@throughline/store';
import { applyMigrations, assertIndexes } from '@throughline/store';

const indexes: IndexSpec[] = [
  { collection: 'sends', name: 'due', keys: { dueAt: 1 }, sparse: true },
  { collection: 'sends', name: 'keys', keys: { tenantId: 1, keys: 1 } },
  { collection: 'sends', name: 'unreported', keys: { unreported: 1 }, sparse: true },
];

const migrations: Migration[] = [
  {
    id: '001-sends',
    up: async (db) => {
      await db.collection('sends').createIndex({ dueAt: 1 }, { name: 'due', sparse: true });
      await db.collection('sends').createIndex({ tenantId: 1, keys: 1 }, { name: 'keys' });
      await db.collection('sends').createIndex({ unreported: 1 }, { name: 'unreported', sparse: true });
    },
  },
];

/** Brings the database to the shape this version needs and makes sure that it has it. */
export async function prepareSchema(store: Store): Promise<void> {
  await applyMigrations(store, migrations);
  await assertIndexes(store, indexes);
}

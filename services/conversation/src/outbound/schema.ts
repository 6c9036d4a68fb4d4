import type { IndexSpec, Migration, Store } from '@throughline/store';
import { applyMigrations, assertIndexes, createIndexes } from '@throughline/store';
import type { mongo } from 'mongoose';

/** Every index of this service. Each costs on the hot path: what is not asked often has none. */
export const indexes: IndexSpec[] = [
  { collection: 'entries', name: 'claims', keys: { ev: 1 }, unique: true, sparse: true },
  { collection: 'conversations', name: 'latest', keys: { tenantId: 1, updatedAt: -1, _id: -1 } },
  { collection: 'conversations', name: 'customer', keys: { tenantId: 1, customerId: 1, updatedAt: -1 } },
  {
    collection: 'conversations',
    name: 'assignee',
    keys: { tenantId: 1, assigneeId: 1, updatedAt: -1 },
    partialFilterExpression: { assigneeId: { $gt: '' } },
  },
  {
    collection: 'conversations',
    name: 'issue',
    keys: { tenantId: 1, issueId: 1, updatedAt: -1 },
    partialFilterExpression: { issueId: { $gt: '' } },
  },
  { collection: 'conversations', name: 'due', keys: { dueAt: 1 }, sparse: true },
  { collection: 'touched', name: 'age', keys: { at: 1 } },
  { collection: 'acknowledgements', name: 'forget', keys: { at: 1 }, expireAfterSeconds: 30 * 24 * 3600 },
  { collection: 'issues', name: 'latest', keys: { tenantId: 1, updatedAt: -1, _id: -1 } },
  { collection: 'customer_links', name: 'customer', keys: { tenantId: 1, customerId: 1 } },
  { collection: 'customer_links', name: 'default', keys: { tenantId: 1, defaultId: 1 } },
  { collection: 'viewings', name: 'current', keys: { key: 1, at: 1 } },
  { collection: 'viewings', name: 'fade', keys: { at: 1 }, expireAfterSeconds: 60 },
];

/** Rows of the log kept their events as nested documents before; now as one JSON text. */
export const eventsAsText = async (db: mongo.Db): Promise<void> => {
  const entries = db.collection('entries');
  if ((await entries.estimatedDocumentCount()) === 0) return;
  let writes: mongo.AnyBulkWriteOperation[] = [];
  const write = async () => {
    if (writes.length > 0) await entries.bulkWrite(writes, { ordered: false });
    writes = [];
  };
  for await (const { _id, ch } of entries.find({ ch: { $type: 'array' } }, { projection: { ch: 1 } })) {
    writes.push({ updateOne: { filter: { _id }, update: { $set: { ch: JSON.stringify(ch) } } } });
    if (writes.length === 500) await write();
  }
  await write();
};

const migrations = (store: Store): Migration[] => [
  { id: '0001-indexes', up: () => createIndexes(store, indexes) },
  { id: '0002-events-as-text', up: eventsAsText },
];

/** Brings the database to what the code expects, once for all processes that start. */
export const prepareSchema = async (store: Store): Promise<void> => {
  await applyMigrations(store, migrations(store));
  await assertIndexes(store, indexes);
};

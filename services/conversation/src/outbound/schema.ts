import type { mongo } from 'mongoose';

interface Index {
  collection: string;
  name: string;
  keys: Record<string, 1 | -1>;
  unique?: boolean;
  sparse?: boolean;
  partialFilterExpression?: mongo.Document;
  expireAfterSeconds?: number;
}

/** Every index of this service. Each costs on the hot path: what is not asked often has none. */
export const indexes: Index[] = [
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

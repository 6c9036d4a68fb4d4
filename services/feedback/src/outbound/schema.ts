import type { IndexSpec, Store } from '@throughline/store';
import { applyMigrations, assertIndexes, createIndexes } from '@throughline/store';
import { collections } from './counter';
import { shardOf } from './shards';

const DAY = 86_400;
const INDEX_NOT_FOUND = 27;
const outbox = [
  'dockets',
  'people',
  'surveys',
  'invitations',
  'cases',
  'settings',
  'spendings',
  'failure_points',
  'improvements',
  'scorecards',
  'evaluations',
  'calibrations',
  'suggestions',
  'recognitions',
  'agent_preferences',
  'approvals',
];

/** What queries rely on. */
export const indexes: IndexSpec[] = [
  ...outbox.map((collection) => ({
    collection,
    name: 'unpublished',
    keys: { unpublishedSince: 1 as const },
    sparse: true,
  })),
  {
    collection: 'dockets',
    name: 'due_in_shard',
    keys: { shard: 1, dueAt: 1 },
    partialFilterExpression: { dueAt: { $exists: true } },
  },
  {
    collection: 'dockets',
    name: 'issue',
    keys: { tenantId: 1, issueId: 1, ended: 1 },
    partialFilterExpression: { issueId: { $gt: '' } },
  },
  ...collections.flatMap((collection): IndexSpec[] => [
    { collection, name: 'waits_to_count', keys: { 'toCount.id': 1 }, sparse: true },
    // Of versions before.
    { collection, name: 'to_count', keys: { 'counts.id': 1 }, sparse: true },
  ]),
  { collection: 'invitations', name: 'link', keys: { ownId: 1 }, unique: true },
  { collection: 'invitations', name: 'newest', keys: { tenantId: 1, createdAt: -1, _id: -1 } },
  { collection: 'invitations', name: 'survey', keys: { tenantId: 1, surveyId: 1, createdAt: -1, _id: -1 } },
  { collection: 'invitations', name: 'conversation', keys: { tenantId: 1, conversationId: 1, createdAt: -1 } },
  { collection: 'invitations', name: 'customer', keys: { tenantId: 1, customerId: 1, createdAt: -1 } },
  { collection: 'cases', name: 'newest', keys: { tenantId: 1, openedAt: -1, _id: -1 } },
  { collection: 'cases', name: 'failure', keys: { tenantId: 1, 'cause.failurePointId': 1, openedAt: -1, _id: -1 } },
  { collection: 'cases', name: 'owner', keys: { tenantId: 1, ownerId: 1, openedAt: -1, _id: -1 } },
  { collection: 'cases', name: 'customer', keys: { tenantId: 1, customerId: 1, openedAt: -1, _id: -1 } },
  { collection: 'cases', name: 'conversation', keys: { tenantId: 1, conversationId: 1, openedAt: -1, _id: -1 } },
  {
    collection: 'approvals',
    name: 'due_in_shard',
    keys: { shard: 1, lookAt: 1 },
    partialFilterExpression: { lookAt: { $exists: true } },
  },
  { collection: 'approvals', name: 'newest', keys: { tenantId: 1, createdAt: -1, _id: -1 } },
  { collection: 'scorecards', name: 'newest', keys: { tenantId: 1, createdAt: -1, _id: -1 } },
  { collection: 'evaluations', name: 'newest', keys: { tenantId: 1, createdAt: -1, _id: -1 } },
  { collection: 'evaluations', name: 'agent', keys: { tenantId: 1, agentId: 1, createdAt: -1, _id: -1 } },
  { collection: 'suggestions', name: 'newest', keys: { tenantId: 1, createdAt: -1, _id: -1 } },
  { collection: 'recognitions', name: 'agent', keys: { tenantId: 1, agentId: 1, createdAt: -1, _id: -1 } },
  { collection: 'failure_points', name: 'newest', keys: { tenantId: 1, createdAt: -1, _id: -1 } },
  { collection: 'improvements', name: 'newest', keys: { tenantId: 1, createdAt: -1, _id: -1 } },
  { collection: 'surveys', name: 'in_use', keys: { tenantId: 1, archived: 1 } },
  { collection: 'customer_links', name: 'customer', keys: { tenantId: 1, customerId: 1 } },
  { collection: 'cells', name: 'read', keys: { tenantId: 1, scope: 1, dim: 1, day: 1 } },
  // Long after the document that brought the entry has been written without it.
  { collection: 'counted', name: 'forget', keys: { at: 1 }, expireAfterSeconds: 60 * DAY },
];

/** What waits in a collection of a version that knew no shares of the work belongs to one from now on. */
const giveShards = async (
  { db }: Pick<Store, 'db'>,
  { name, due, before }: { name: string; due: string; before: string },
): Promise<void> => {
  const collection = db.collection<{ ownId: string }>(name);
  const waiting = collection.find({ [due]: { $exists: true }, shard: { $exists: false } }).project({ ownId: 1 });
  for await (const { _id, ownId } of waiting) {
    await collection.updateOne({ _id }, { $set: { shard: shardOf(ownId as string) } });
  }
  await collection.dropIndex(before).catch((error: { code?: number }) => {
    if (error.code !== INDEX_NOT_FOUND) throw error;
  });
};

/** Brings the database to what the code expects, once for all processes that start. */
export const prepareSchema = async (store: Store): Promise<void> => {
  // What a later version relies on is built by a step of its own: an earlier one has run for good.
  await applyMigrations(store, [
    { id: '0001-indexes', up: () => createIndexes(store, indexes) },
    { id: '0002-quality', up: () => createIndexes(store, indexes) },
    {
      id: '0003-shards',
      async up() {
        await createIndexes(store, indexes);
        await giveShards(store, { name: 'dockets', due: 'dueAt', before: 'due' });
      },
    },
    { id: '0004-approvals', up: () => createIndexes(store, indexes) },
    {
      id: '0005-shares-of-approvals',
      async up() {
        await createIndexes(store, indexes);
        await giveShards(store, { name: 'approvals', due: 'lookAt', before: 'look_at' });
      },
    },
    { id: '0006-counted-apart', up: () => createIndexes(store, indexes) },
  ]);
  await assertIndexes(store, indexes);
};

import type { Place } from './connect';
import { withMongo } from './connect';
import { databasesOf } from './databases';

export type OutboxAge = { database: string; collection: string; waiting: number; oldestSeconds: number };

/** Documents whose events Kafka may not have yet, by collection; those younger than a second are on their way. */
export const readOutboxes = (place: Place, services?: string[]): Promise<OutboxAge[]> =>
  withMongo(place, async (client) => {
    const told: OutboxAge[] = [];
    for (const database of await databasesOf(client, place, services)) {
      const db = client.db(database);
      for (const { name } of await db.listCollections({ type: 'collection' }, { nameOnly: true }).toArray()) {
        const collection = db.collection<{ unpublishedSince?: Date }>(name);
        const indexes = await collection.indexes();
        if (!indexes.some(({ key }) => key['unpublishedSince'] === 1)) continue;
        const late = { unpublishedSince: { $lt: new Date(Date.now() - 1_000) } };
        const [oldest] = await collection.find(late).sort({ unpublishedSince: 1 }).limit(1).toArray();
        const oldestSeconds = oldest?.unpublishedSince ? (Date.now() - oldest.unpublishedSince.getTime()) / 1_000 : 0;
        told.push({ database, collection: name, waiting: await collection.countDocuments(late), oldestSeconds });
      }
    }
    return told;
  });

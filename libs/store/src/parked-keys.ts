import type { ParkedKey, ParkedKeys } from '@throughline/bus';
import type { Store } from './types';

interface Doc extends ParkedKey {
  _id: string;
  group: string;
}

/** Keeps the parked keys of a consumer group in the database of its service. */
export function parkedKeys(store: Store, group: string): ParkedKeys {
  const collection = () => store.db.collection<Doc>('parked_keys');
  const idOf = ({ topic, key }: { topic: string; key: string }) => `${group}/${topic}/${key}`;
  return {
    async load() {
      return (await collection().find({ group }).toArray()).map(({ _id, group: _, ...entry }) => entry);
    },
    async park(entries) {
      const operations = entries.map((entry) => ({
        replaceOne: { filter: { _id: idOf(entry) }, replacement: { group, ...entry }, upsert: true },
      }));
      await collection().bulkWrite(operations, { ordered: false });
    },
    async unpark(entries) {
      await collection().deleteMany({ _id: { $in: entries.map(idOf) } });
    },
  };
}

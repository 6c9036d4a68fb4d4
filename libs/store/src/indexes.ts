import type { mongo } from 'mongoose';
import type { IndexSpec, Store } from './types';

const optionsOf = (spec: IndexSpec): mongo.CreateIndexesOptions => ({
  name: spec.name,
  ...(spec.unique ? { unique: true } : {}),
  ...(spec.sparse ? { sparse: true } : {}),
  ...(spec.partialFilterExpression ? { partialFilterExpression: spec.partialFilterExpression } : {}),
  ...(spec.expireAfterSeconds === undefined ? {} : { expireAfterSeconds: spec.expireAfterSeconds }),
});

/** Builds the indexes that are missing; only looks for them in a store that does not migrate. */
export async function createIndexes(store: Store, specs: IndexSpec[]): Promise<void> {
  if (!store.migrates) return assertIndexes(store, specs);
  for (const spec of specs) await store.db.collection(spec.collection).createIndex(spec.keys, optionsOf(spec));
}

async function existing(db: mongo.Db, collection: string) {
  try {
    return await db.collection(collection).indexes();
  } catch (error) {
    if ((error as { codeName?: string }).codeName === 'NamespaceNotFound') return [];
    throw error;
  }
}

/** Throws when an index that queries rely on is missing or differs: a slow query under load is found at start instead. */
export async function assertIndexes(store: Store, specs: IndexSpec[]): Promise<void> {
  const wrong: string[] = [];
  for (const spec of specs) {
    const found = (await existing(store.db, spec.collection)).find((index) => index.name === spec.name);
    const where = `${spec.collection}.${spec.name}`;
    if (!found) wrong.push(`${where} is missing`);
    else if (JSON.stringify(found.key) !== JSON.stringify(spec.keys)) wrong.push(`${where} has other keys`);
    else if (Boolean(found.unique) !== Boolean(spec.unique)) wrong.push(`${where} differs in "unique"`);
  }
  if (wrong.length > 0) throw new Error(`indexes: ${wrong.join('; ')}`);
}

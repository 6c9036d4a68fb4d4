import type { Migration, Store } from './types';

interface Applied {
  _id: string;
  state: 'running' | 'done';
  at: Date;
}

const LEASE_MS = 10 * 60_000;
const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

/**
 * Runs what has not run yet, in the order of the ids. Several processes may start at once: one runs a migration, the
 * others wait for it. A migration must bear being run again: its process may die half way.
 */
export async function applyMigrations(store: Store, migrations: Migration[]): Promise<string[]> {
  const done = store.db.collection<Applied>('migrations');
  const applied: string[] = [];
  for (const migration of [...migrations].sort((a, b) => (a.id < b.id ? -1 : 1))) {
    for (;;) {
      const entry = await done.findOne({ _id: migration.id });
      if (entry?.state === 'done') break;
      if (entry && entry.at.getTime() > Date.now() - LEASE_MS) {
        await pause(200);
        continue;
      }
      if (!(await take(migration.id, entry))) continue;
      try {
        await migration.up(store.db);
      } catch (error) {
        await done.deleteOne({ _id: migration.id });
        throw error;
      }
      await done.updateOne({ _id: migration.id }, { $set: { state: 'done', at: new Date() } });
      applied.push(migration.id);
      break;
    }
  }
  return applied;

  async function take(id: string, before: Applied | null): Promise<boolean> {
    try {
      if (!before) return (await done.insertOne({ _id: id, state: 'running', at: new Date() })).acknowledged;
      return (await done.updateOne({ _id: id, at: before.at }, { $set: { at: new Date() } })).modifiedCount === 1;
    } catch (error) {
      if ((error as { code?: number }).code === 11000) return false;
      throw error;
    }
  }
}

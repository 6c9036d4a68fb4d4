import { setTimeout as pause } from 'node:timers/promises';
import type { mongo } from 'mongoose';
import type { Migration, Store } from './types';

interface Applied {
  _id: string;
  state: 'running' | 'done';
  at: Date;
}

const LEASE_MS = 60_000;
const RENEW_MS = 15_000;

/** Tells others that this process is still at it, for as long as it takes: an index may be hours in the making. */
const renewing = async (done: mongo.Collection<Applied>, id: string, work: () => Promise<void>): Promise<void> => {
  const renew = () =>
    done.updateOne({ _id: id, state: 'running' }, { $set: { at: new Date() } }).catch(() => undefined);
  const timer = setInterval(renew, RENEW_MS);
  try {
    await work();
  } finally {
    clearInterval(timer);
  }
};

const refuseMissing = async (done: mongo.Collection<Applied>, migrations: Migration[]): Promise<void> => {
  const ids = migrations.map(({ id }) => id);
  const there = await done.find({ _id: { $in: ids }, state: 'done' }).toArray();
  const missing = ids.filter((id) => !there.some(({ _id }) => _id === id));
  if (missing.length > 0)
    throw new Error(
      `the database lacks ${missing.join(', ')}: run this version with --migrate first, or set MIGRATE_AT_START=true`,
    );
};

/**
 * Runs what has not run yet, in the order of the ids. Several processes may start at once: one runs a migration, the
 * others wait for it. A migration must bear being run again: its process may die half way. A store that does not migrate
 * throws when something is missing.
 */
export async function applyMigrations(store: Store, migrations: Migration[]): Promise<string[]> {
  const done = store.db.collection<Applied>('migrations');
  const applied: string[] = [];
  if (!store.migrates) {
    await refuseMissing(done, migrations);
    return applied;
  }
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
        await renewing(done, migration.id, () => migration.up(store.db));
      } catch (error) {
        await done.deleteOne({ _id: migration.id });
        throw new Error(`migration ${migration.id}: ${(error as Error).message}`, { cause: error });
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

import { noTelemetry } from '@throughline/telemetry';
import { testScope } from '@throughline/testing';
import type { Migration, Store } from '../src';
import { applyMigrations, connectStore, createIndexes } from '../src';

const { mongoUrl: url, db } = testScope('migrations');
const telemetry = noTelemetry();
const stores = [true, true, false].map((migrates) => connectStore({ url, db, telemetry, migrates }));
const [first, second, looking] = stores as [Store, Store, Store];
beforeAll(() => Promise.all(stores.map((store) => store.start())));
afterAll(async () => {
  await first.db.dropDatabase();
  await Promise.all(stores.map((store) => store.stop()));
});

const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

test('two processes at once: one runs each migration, the other waits for it', async () => {
  const runs: string[] = [];
  const of = (): Migration[] =>
    ['0002-b', '0001-a'].map((id) => ({
      id,
      async up() {
        runs.push(`${id} begins`);
        await pause(150);
        runs.push(`${id} ends`);
      },
    }));
  const applied = await Promise.all([applyMigrations(first, of()), applyMigrations(second, of())]);
  expect(runs).toEqual(['0001-a begins', '0001-a ends', '0002-b begins', '0002-b ends']);
  expect(applied.flat().sort()).toEqual(['0001-a', '0002-b']);
});

test('one that fails is named and is run again the next time', async () => {
  let broken = true;
  const migration = {
    id: '0003-c',
    async up() {
      if (broken) throw new Error('no space left');
    },
  };
  await expect(applyMigrations(first, [migration])).rejects.toThrow('migration 0003-c: no space left');
  broken = false;
  expect(await applyMigrations(second, [migration])).toEqual(['0003-c']);
});

test('a store that does not migrate refuses what is missing and makes nothing', async () => {
  const up = jest.fn();
  expect(await applyMigrations(looking, [{ id: '0001-a', up }])).toEqual([]);
  await expect(
    applyMigrations(looking, [
      { id: '0001-a', up },
      { id: '0009-x', up },
    ]),
  ).rejects.toThrow('the database lacks 0009-x: run this version with --migrate first, or set MIGRATE_AT_START=true');
  expect(up).not.toHaveBeenCalled();
  const index = { collection: 'things', name: 'by_size', keys: { size: 1 as const } };
  await expect(createIndexes(looking, [index])).rejects.toThrow('indexes: things.by_size is missing');
  await createIndexes(first, [index]);
  await createIndexes(looking, [index]);
});

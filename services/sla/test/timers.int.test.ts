import type { OutgoingRecord } from '@throughline/bus';
import { connectStore } from '@throughline/store';
import { noTelemetry } from '@throughline/telemetry';
import { testScope } from '@throughline/testing';
import { compose } from '../src/compose';
import { loadConfig } from '../src/config';
import type { Docket } from '../src/domain/clock/clock';
import { emptyDocket } from '../src/domain/clock/clock';
import type { Folded } from '../src/domain/clock/fold';
import { createFacts } from '../src/facts';
import { prepareSchema } from '../src/outbound/schema';
import { SHARDS } from '../src/outbound/shards';

// Deterministic counts: what timers cost the database, whatever the machine does.

const scope = testScope('sla-timers');
const telemetry = noTelemetry();
const store = connectStore({ url: scope.mongoUrl, db: scope.db, telemetry, countCommands: true });
const published: OutgoingRecord[] = [];
const config = loadConfig({ ...scope.env, CALLER_PUBLIC_KEY: Buffer.alloc(44).toString('base64').replace(/=/g, 'A') });
let parts: ReturnType<typeof compose>;

beforeAll(async () => {
  await store.start();
  await prepareSchema(store);
  parts = compose({
    config,
    store,
    producer: {
      publish: async (records) => {
        published.push(...records);
      },
      stats: () => ({ requests: 0, records: 0, bytes: 0 }),
    },
    telemetry,
    facts: createFacts(telemetry),
  });
  await parts.time.start();
}, 30_000);
afterAll(async () => {
  for (const timers of parts.timers) await timers.stop();
  await parts.shares.stop();
  await parts.time.stop();
  await store.db.dropDatabase();
  await store.stop();
}, 30_000);

const due = (id: string, at: number): Docket => ({
  ...emptyDocket(id),
  known: true,
  openedAt: at - 60_000,
  clocks: [
    {
      id: `${id}-time_to_solve-1`,
      metric: 'time_to_solve',
      state: 'running',
      team: '',
      terms: {
        policy: { id: 'p', version: 1 },
        calendars: [],
        targetMs: 60_000,
        priority: 'normal',
        pauseIn: [],
        marks: [{ percent: 100, name: '', actions: [] }],
      },
      startedAt: at - 60_000,
      usedMs: 0,
      runningSince: at - 60_000,
      dueAt: at,
      moments: [{ percent: 100, at }],
      fired: [],
      ledger: [],
    },
  ],
});

const total = (counts: Record<string, number>) => Object.values(counts).reduce((sum, n) => sum + n, 0);
const keys = (count: number, prefix: string) =>
  Array.from({ length: count }, (_, i) => ({ tenantId: 't', id: `${prefix}${i}` }));

test('setting, moving and cancelling timers is no command beside the write of the state', async () => {
  const write = async (at: number | undefined) => {
    store.takeCommandCounts();
    await parts.deps.dockets.changeMany(
      keys(100, 'set'),
      ({ id }): Folded => ({ docket: at === undefined ? { ...emptyDocket(id), known: true } : due(id, at), told: [] }),
      Date.now(),
    );
    return store.takeCommandCounts();
  };
  const far = Date.now() + 9e6;
  // All are new: their inserts are one command; replacing them is one as well.
  expect(await write(far)).toEqual({ find: 1, insert: 1 });
  expect(await write(far + 1)).toEqual({ find: 1, update: 1 });
  expect(await write(undefined)).toEqual({ find: 1, update: 1 });
  expect(await store.db.collection('dockets').countDocuments({ dueAt: { $exists: true } })).toBe(0);
}, 30_000);

test('idle with timers pending: at most two commands a second', async () => {
  await parts.deps.dockets.changeMany(
    keys(5_000, 'idle'),
    ({ id }): Folded => ({ docket: due(id, Date.now() + 9e6), told: [] }),
    Date.now(),
  );
  await parts.shares.start();
  for (const timers of parts.timers) timers.start();
  await new Promise((resolve) => setTimeout(resolve, 500));
  store.takeCommandCounts();
  const begun = performance.now();
  await new Promise((resolve) => setTimeout(resolve, 9_000));
  const seconds = (performance.now() - begun) / 1000;
  const counts = store.takeCommandCounts();
  expect(total(counts)).toBeGreaterThan(3);
  expect(total(counts) / seconds).toBeLessThanOrEqual(2.1);
}, 30_000);

test('the look ahead reads keys of the index, and no document', async () => {
  const plan = await store.db
    .collection('dockets')
    .find({ shard: { $in: Array.from({ length: SHARDS }, (_, i) => i) }, dueAt: { $lt: new Date(Date.now() + 5_000) } })
    .project({ _id: 1, dueAt: 1 })
    .sort({ dueAt: 1 })
    .explain('executionStats');
  expect(plan['executionStats']).toMatchObject({ totalDocsExamined: 0 });
  expect(plan['executionStats'].totalKeysExamined).toBeLessThan(3 * SHARDS);
});

test('what is due is fired once, in batches, by the time of the database', async () => {
  const at = Date.now() + 1_500;
  await parts.deps.dockets.changeMany(keys(1_000, 'fire'), ({ id }): Folded => ({ docket: due(id, at), told: [] }), at);
  store.takeCommandCounts();
  published.length = 0;
  while (published.length < 1_000 && Date.now() < at + 10_000) await new Promise((resolve) => setTimeout(resolve, 20));
  expect(Date.now()).toBeGreaterThanOrEqual(at);
  await new Promise((resolve) => setTimeout(resolve, 2_000));
  expect(new Set(published.map(({ key }) => key)).size).toBe(1_000);
  expect(published).toHaveLength(1_000);
  // Two batches: a read and a write each, one read of the rules, and the looks of the seconds in between.
  const { update = 0, insert = 0 } = store.takeCommandCounts();
  expect(update + insert).toBeLessThanOrEqual(5);
}, 30_000);

import type { OutgoingRecord, Producer } from '@throughline/bus';
import { decodeMessage } from '@throughline/bus';
import { connectStore, createRowAggregates } from '@throughline/store';
import { noTelemetry } from '@throughline/telemetry';
import { eventually, testScope } from '@throughline/testing';
import { compose } from '../src/compose';
import { loadConfig } from '../src/config';
import { always } from '../src/domain/calendar/openings';
import type { Docket } from '../src/domain/clock/clock';
import { emptyDocket } from '../src/domain/clock/clock';
import type { Folded } from '../src/domain/clock/fold';
import { createFacts } from '../src/facts';
import { createDocketStore, docketFields } from '../src/outbound/docket-store';
import { prepareSchema } from '../src/outbound/schema';
import { SHARDS } from '../src/outbound/shards';
import { applyStep } from '../src/outbound/step-text';
import { checkClocks, prepareClocks } from '../src/use-cases/follow-conversations';
import type { DocketKey } from '../src/use-cases/ports';

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

/** A change after which a docket looks like this. */
const become = (docket: Docket): Folded => {
  const { id, ...patch } = docket;
  return { docket, events: [{ type: 'noted', patch }], told: [] };
};

const total = (counts: Record<string, number>) => Object.values(counts).reduce((sum, n) => sum + n, 0);
const keys = (count: number, prefix: string) =>
  Array.from({ length: count }, (_, i) => ({ tenantId: 't', id: `${prefix}${i}` }));

test('setting, moving and cancelling timers is no command beside the write of the state', async () => {
  const write = async (at: number | undefined) => {
    store.takeCommandCounts();
    await parts.deps.dockets.changeMany(
      keys(100, 'set'),
      ({ id }) => become(at === undefined ? { ...emptyDocket(id), known: true } : due(id, at)),
      Date.now(),
      { redelivered: true },
    );
    return store.takeCommandCounts();
  };
  const far = Date.now() + 9e6;
  // Documents and rows are read, the rows of the change are one command, and so are the documents that follow.
  expect(await write(far)).toEqual({ find: 2, insert: 2 });
  expect(await write(far + 1)).toEqual({ find: 2, insert: 1, update: 1 });
  expect(await write(undefined)).toEqual({ find: 2, insert: 1, update: 1 });
  expect(await store.db.collection('dockets').countDocuments({ dueAt: { $exists: true } })).toBe(0);
}, 30_000);

test('idle with timers pending: at most two commands a second', async () => {
  await parts.deps.dockets.changeMany(keys(5_000, 'idle'), ({ id }) => become(due(id, Date.now() + 9e6)), Date.now(), {
    redelivered: true,
  });
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
  await parts.deps.dockets.changeMany(keys(1_000, 'fire'), ({ id }) => become(due(id, at)), at, { redelivered: true });
  store.takeCommandCounts();
  published.length = 0;
  while (published.length < 1_000 && Date.now() < at + 10_000) await new Promise((resolve) => setTimeout(resolve, 20));
  expect(Date.now()).toBeGreaterThanOrEqual(at);
  const dockets = store.db.collection('dockets');
  const followed = () =>
    dockets.countDocuments({ _id: { $regex: '^t/fire' }, version: 2, 'clocks.0.state': 'breached' } as never);
  await eventually('the documents have followed', async () => (await followed()) === 1_000, 15_000);
  expect(new Set(published.map(({ key }) => key)).size).toBe(1_000);
  expect(published).toHaveLength(1_000);
  // Two batches of rows, each of what was worked out ahead and what was not; documents follow fifty at a time, so that what
  // is due meanwhile does not wait; and leases.
  const { update = 0, insert = 0 } = store.takeCommandCounts();
  expect(insert).toBeLessThanOrEqual(4);
  expect(update).toBeLessThanOrEqual(25);
  // Nothing is due any more.
  expect(await dockets.countDocuments({ _id: { $regex: '^t/fire' }, dueAt: { $exists: true } } as never)).toBe(0);
}, 30_000);

describe('what was worked out ahead', () => {
  beforeAll(async () => {
    for (const timers of parts.timers) await timers.stop();
    await parts.shares.stop();
    await parts.dockets.stop();
  });
  const rules = { policies: [], openings: () => always, zoneOf: () => 'Etc/UTC' };
  const books = {
    of: async () => rules,
    forget() {},
    pinned: async () => {
      throw new Error('not asked for');
    },
    learn: async () => {},
  };
  const told: string[] = [];
  const ids = new Set<string>();
  const process = (instanceId: string) => {
    let now = 0;
    const producer: Producer = {
      publish: async (records) => {
        // Like any reader it goes by the id: what another process may not have sent is sent again.
        for (const { value } of records) {
          const { id, type } = decodeMessage({ value });
          if (!ids.has(id)) told.push(type.split('.').pop()!);
          ids.add(id);
        }
      },
      stats: () => ({ requests: 0, records: 0, bytes: 0 }),
    };
    const aggregates = createRowAggregates<Docket>({
      store,
      collection: 'dockets',
      producer,
      instanceId,
      topic: 'sla.clocks.v1',
      source: 'throughline/sla',
      fieldsOf: docketFields,
      apply: applyStep,
    });
    const dockets = createDocketStore(aggregates, () => {});
    const deps = { dockets, books, now: () => now };
    return {
      aggregates,
      dockets,
      prepare: prepareClocks(deps),
      check: (keys: DocketKey[], at: number) => {
        now = at;
        return checkClocks(deps)(keys);
      },
    };
  };
  const twice = (id: string, at: number): Docket => {
    const docket = due(id, at);
    const moments = [
      { percent: 50, at: at - 30_000 },
      { percent: 100, at },
    ];
    return { ...docket, clocks: docket.clocks.map((clock) => ({ ...clock, moments })) };
  };
  const at = 1_900_000_000_000;
  const start = async (one: ReturnType<typeof process>, id: string) => {
    told.length = 0;
    const key = { tenantId: 't', id };
    await one.dockets.changeMany([key], () => become(twice(id, at)), at, { redelivered: true });
    await one.prepare([key]);
    return [key];
  };

  test('is not said before its moment, and each moment is said once', async () => {
    const one = process('a');
    const keys = await start(one, 'ahead-1');
    await one.check(keys, at - 30_001);
    expect(told).toEqual([]);
    await one.prepare(keys);
    store.takeCommandCounts();
    await one.check(keys, at - 30_000);
    const { find = 0, insert, update = 0 } = store.takeCommandCounts();
    expect({ find, insert, update }).toEqual({ find: 0, insert: 1, update: 0 });
    expect(told).toEqual(['ClockWarned']);
    await one.aggregates.stop();
    await one.prepare(keys);
    await one.check(keys, at);
    await one.check(keys, at + 1);
    expect(told).toEqual(['ClockWarned', 'ClockBreached']);
  });

  test('does not do when the look comes so late that more is due', async () => {
    const one = process('b');
    const keys = await start(one, 'ahead-2');
    await one.check(keys, at + 5);
    expect(told).toEqual(['ClockWarned', 'ClockBreached']);
  });

  test('is thrown away when another process has changed the docket', async () => {
    const [one, other] = [process('c'), process('d')];
    const keys = await start(one, 'ahead-3');
    await other.check(keys, at - 30_000);
    await one.check(keys, at - 30_000);
    expect(told).toEqual(['ClockWarned']);
    const docket = await one.dockets.load(keys[0]!);
    expect(docket!.clocks[0]!.fired).toEqual([{ percent: 50, at: at - 30_000 }]);
  });
});

import { performance } from 'node:perf_hooks';
import type { mongo } from 'mongoose';
import { pause, startService, waitReady } from '../measure/children';
import type { Bench } from '../measure/context';
import { cpuMeter } from '../measure/context';
import type { Latency } from '../measure/latency';
import { createArrivals } from '../measure/latency';
import { interleave, median } from '../measure/pairs';
import { TENANT } from '../workload/channel-mix';
import { dueAt, preciseNow } from '../workload/open-loop';
import { createTopics, deleteTopics } from '../workload/preload';
import { topicsOf } from './parts';
import type { Case } from './types';

const SHARDS = 16;
const IDLE_MS = 10_000;
const FAR_MS = 30 * 86_400_000;

/** A docket as the service keeps it: one running clock that breaches at `at`. */
const docketDue = (name: string, n: number, at: number): mongo.Document => ({
  _id: `${TENANT}/${name}${n}`,
  tenantId: TENANT,
  version: 1,
  seq: 0,
  outbox: [],
  outboxBy: '',
  conversationId: `${name}${n}`,
  known: true,
  facts: {
    channel: 'email',
    priority: 'normal',
    topic: '',
    language: '',
    tags: [],
    attributes: [],
    queueId: '',
    assigneeId: '',
    destination: '',
  },
  contactPoint: 'email:ada@example.org',
  issueId: '',
  state: 'open',
  openedAt: new Date(at - 60_000),
  replies: 0,
  reopens: 0,
  mergedInto: '',
  inherited: [],
  seen: 1,
  counts: { time_to_solve: 1 },
  clocks: [
    {
      id: `${name}${n}-time_to_solve-1`,
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
      ledger: [{ at: at - 60_000, what: 'started', reason: '', usedMs: 0, dueAt: at, since: at - 60_000 }],
    },
  ],
  shard: n % SHARDS,
  dueAt: new Date(at),
  riskAt: new Date(at),
  startedAt: new Date(at - 60_000),
});

interface Load {
  pending: number;
  due: number;
  perSecond: number;
}

type Run = Latency & { correct: boolean; idleCores: number };

const fill = async (dockets: mongo.Collection, count: number, make: (n: number) => mongo.Document): Promise<void> => {
  for (let from = 0; from < count; from += 5_000) {
    const size = Math.min(5_000, count - from);
    await dockets.insertMany(
      Array.from({ length: size }, (_, i) => make(from + i)),
      { ordered: false },
    );
  }
};

const isDue = { _id: { $gte: `${TENANT}/due`, $lt: `${TENANT}/duf` } } as unknown as mongo.Filter<mongo.Document>;

/** Each is breached once, at its moment, and nothing else was touched. */
const check = async (dockets: mongo.Collection, { pending, due }: Load): Promise<boolean> => {
  const right = await dockets.countDocuments({
    ...isDue,
    version: 2,
    'clocks.0.state': 'breached',
    $expr: { $eq: [{ $first: '$clocks.breachedAt' }, { $first: '$clocks.dueAt' }] },
  });
  return right === due && (await dockets.countDocuments({ version: 1, dueAt: { $exists: true } })) === pending;
};

const oursOnce = async (bench: Bench, load: Load): Promise<Run> => {
  const run = bench.fresh();
  const prefix = `${run}.`;
  await createTopics(bench.brokers, topicsOf(prefix));
  const database = bench.client.db(`${run}s`);
  const dockets = database.collection('dockets');
  const service = await startService('sla', {
    KAFKA_BROKERS: bench.brokers,
    KAFKA_TOPIC_PREFIX: prefix,
    MONGO_URL: bench.mongoUrl,
    MONGO_DB: `${run}s`,
    LOG_LEVEL: 'warn',
  });
  try {
    await waitReady(service);
    const far = Date.now() + FAR_MS;
    await fill(dockets, load.pending, (n) => docketDue('far', n, far + n));
    await pause(2_000);
    const meter = cpuMeter([service.pid]);
    const begun = performance.now();
    await pause(Math.min(IDLE_MS, load.pending));
    const idleCores = (meter() * 1000) / (performance.now() - begun);
    const startAt = Date.now() + 3_000 + load.due;
    await fill(dockets, load.due, (n) => docketDue('due', n, Math.ceil(dueAt(startAt, load.perSecond, n))));
    const arrivals = createArrivals(load.due);
    const stream = dockets.watch(
      [{ $match: { operationType: { $in: ['update', 'replace'] } } }, { $project: { documentKey: 1 } }],
      { batchSize: 5_000 },
    );
    await stream.tryNext();
    const following = (async () => {
      for await (const change of stream) {
        const { _id } = (change as unknown as { documentKey: { _id: string } }).documentKey;
        arrivals.see(Number(_id.slice(TENANT.length + 4)));
      }
    })().catch((error) => {
      if (!stream.closed) throw error;
    });
    await arrivals.complete(120_000, () => {
      if (service.exited()) throw new Error(service.exited());
    });
    await stream.close();
    await following;
    const correct = await check(dockets, load);
    return { ...arrivals.latency(startAt, load.perSecond, Math.floor(load.due * 0.1)), correct, idleCores };
  } finally {
    await service.stop();
    await database.dropDatabase();
    await deleteTopics(bench.brokers, topicsOf(prefix));
  }
};

/** F4: the same moments with `setTimeout` alone; nothing is read or written. */
const floorOnce = async ({ due, perSecond }: Load): Promise<Run> => {
  const arrivals = createArrivals(due);
  const startAt = Date.now() + 500;
  for (let n = 0; n < due; n++) {
    setTimeout(() => arrivals.see(n), Math.max(0, Math.ceil(dueAt(startAt, perSecond, n) - preciseNow())));
  }
  await arrivals.complete(120_000, () => undefined);
  const correct = arrivals.distinct() === due;
  return { ...arrivals.latency(startAt, perSecond, Math.floor(due * 0.1)), correct, idleCores: 0 };
};

/** B7: from due to breach durable, over the bare timer. B8: what the service costs while nothing is due. */
export const b7: Case = async (bench, { events = 1_000_000, rate = 1_000, ms = 20_000, pairs = 5, warmUp }) => {
  const load = { pending: events, due: Math.floor((rate * ms) / 1000), perSecond: rate };
  const runs = await interleave(
    { pairs, warmUp },
    () => oursOnce(bench, load),
    () => floorOnce(load),
    ({ ours, floor }) => bench.say(`p99 ${ours.p99.toFixed(1)} ms, floor ${floor.p99.toFixed(1)} ms`),
  );
  const over = median(runs.map(({ ours, floor }) => ours.p99 - floor.p99));
  const idle = median(runs.map(({ ours }) => ours.idleCores)) * 100;
  const correct = runs.every(({ ours, floor }) => ours.correct && floor.correct);
  const spoken = (side: 'ours' | 'floor') =>
    `p50 ${median(runs.map((run) => run[side].p50)).toFixed(1)}, p99 ${median(runs.map((run) => run[side].p99)).toFixed(1)} ms`;
  const what = `${events} pending, ${rate}/s due`;
  return {
    lines: [
      {
        case: 'B7',
        what: `${what}: due → breach durable`,
        ours: spoken('ours'),
        floor: spoken('floor'),
        ratio: `+${over.toFixed(1)} ms`,
        goal: '≤ 25 ms',
        met: over <= 25,
        correct,
      },
      {
        case: 'B8',
        what: `${events} pending, nothing due: CPU of the service`,
        ours: `${idle.toFixed(2)} %`,
        floor: '-',
        ratio: '-',
        goal: '≤ 1 %',
        met: idle <= 1,
        correct,
      },
    ],
    detail: runs,
  };
};

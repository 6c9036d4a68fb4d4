import { performance } from 'node:perf_hooks';
import type { mongo } from 'mongoose';
import { clean } from '../measure/check';
import type { ServiceChild } from '../measure/children';
import { pause, startService, waitReady } from '../measure/children';
import type { Bench } from '../measure/context';
import { cpuMeter } from '../measure/context';
import type { Latency } from '../measure/latency';
import { createArrivals, watchRows } from '../measure/latency';
import { startMongoCounter } from '../measure/mongo-counter';
import { interleave, median, ratioOf } from '../measure/pairs';
import { TENANT } from '../workload/channel-mix';
import { docketDue, fill } from '../workload/dockets';
import { dueAt, preciseNow } from '../workload/open-loop';
import { openedChats } from '../workload/opened';
import { createTopics, deleteTopics, preload } from '../workload/preload';
import { drainFloor } from './drain-floor';
import { spread } from './lines';
import { topicsOf } from './parts';
import type { Case } from './types';

const FAR_MS = 30 * 86_400_000;
/** Until the service has read what is due next, and leases and samples of the time are there. */
const SETTLED_MS = 3_000;

/** A database with timers that are due in a month, and the service on it whenever it is asked for. */
interface Place {
  dockets: mongo.Collection;
  /** What makes a change durable; documents follow. */
  rows: mongo.Collection;
  pending: number;
  serve(mongoUrl?: string): Promise<ServiceChild>;
}

const withPending = async <T>(bench: Bench, pending: number, work: (place: Place) => Promise<T>): Promise<T> => {
  const run = bench.fresh();
  const prefix = `${run}.`;
  const database = bench.client.db(`${run}s`);
  const dockets = database.collection('dockets');
  const rows = database.collection('dockets_rows');
  const serve: Place['serve'] = async (mongoUrl = bench.mongoUrl) => {
    const service = await startService('sla', {
      KAFKA_BROKERS: bench.brokers,
      KAFKA_TOPIC_PREFIX: prefix,
      MONGO_URL: mongoUrl,
      MONGO_DB: `${run}s`,
      LOG_LEVEL: 'warn',
    });
    await waitReady(service);
    return service;
  };
  await createTopics(bench.brokers, topicsOf(prefix));
  try {
    // It makes its indexes itself.
    await (await serve()).stop();
    const far = Date.now() + FAR_MS;
    await fill(dockets, pending, (n) => docketDue('far', n, far + n));
    bench.say(`${pending} timers are pending`);
    return await work({ dockets, rows, pending, serve });
  } finally {
    await database.dropDatabase();
    await deleteTopics(bench.brokers, topicsOf(prefix));
  }
};

const named = (name: string): mongo.Filter<mongo.Document> =>
  ({ _id: { $gte: `${TENANT}/${name}`, $lt: `${TENANT}/${name}~` } }) as unknown as mongo.Filter<mongo.Document>;

/** Each is breached once, at its moment, and nothing else was touched. Cleans up for the next run. */
const check = async ({ dockets, rows, pending }: Place, name: string, due: number): Promise<boolean> => {
  const breached = { ...named(name), version: 2, 'clocks.0.state': 'breached' };
  // Documents follow their rows.
  for (const end = Date.now() + 60_000; Date.now() < end; await pause(200)) {
    if ((await dockets.countDocuments(breached)) >= due) break;
  }
  let right = 0;
  for await (const { s } of dockets.find(breached, { projection: { s: 1 } })) {
    const [clock] = JSON.parse(s as string).clocks;
    if (clock.breachedAt === clock.dueAt) right++;
  }
  const changes = await rows.countDocuments();
  await dockets.deleteMany(named(name));
  await rows.deleteMany({});
  const untouched = await dockets.countDocuments({ version: 1, dueAt: { $exists: true } });
  return right === due && changes === due && untouched === pending;
};

let runs = 0;

/** Lets so many timers become due while somebody looks when each breach is durable. */
const fireOnce = async <T>(
  place: Place,
  count: number,
  momentOf: (startAt: number, n: number) => number,
  look: (startAt: number, alive: () => void) => Promise<T>,
): Promise<{ seen: T; correct: boolean }> => {
  const name = `due${++runs}-`;
  const service = await place.serve();
  try {
    const startAt = Date.now() + SETTLED_MS + count / 2;
    await fill(place.dockets, count, (n) => docketDue(name, n, Math.ceil(momentOf(startAt, n))));
    if (Date.now() > startAt) throw new Error('the timers were due before all of them were written');
    const seen = await look(startAt, () => {
      if (service.exited()) throw new Error(service.exited());
    });
    return { seen, correct: await check(place, name, count) };
  } finally {
    await service.stop();
  }
};

type Run = Latency & { correct: boolean };

interface Rate {
  count: number;
  perSecond: number;
}

const steadily = async (place: Place, { count, perSecond }: Rate): Promise<Run> => {
  const moment = (start: number, n: number) => dueAt(start, perSecond, n);
  const { seen, correct } = await fireOnce(place, count, moment, async (startAt, alive) => {
    const arrivals = createArrivals(count);
    const watching = await watchRows(
      place.rows,
      (docket) => Number(String(docket).slice(String(docket).lastIndexOf('-') + 1)),
      arrivals,
      'k',
    );
    await arrivals.complete(120_000, alive);
    await watching.stop();
    return arrivals.latency(startAt, perSecond, Math.floor(count * 0.1));
  });
  return { ...seen, correct };
};

/** F4: the same moments with `setTimeout` alone; nothing is read or written. */
const bareTimers = async ({ count, perSecond }: Rate): Promise<Run> => {
  const arrivals = createArrivals(count);
  const startAt = Date.now() + 500;
  for (let n = 0; n < count; n++) {
    setTimeout(() => arrivals.see(n), Math.max(0, Math.ceil(dueAt(startAt, perSecond, n) - preciseNow())));
  }
  await arrivals.complete(120_000, () => undefined);
  const correct = arrivals.distinct() === count;
  return { ...arrivals.latency(startAt, perSecond, Math.floor(count * 0.1)), correct };
};

/** B7: from due to breach durable, over the bare timer. */
export const b7: Case = (bench, { events = 1_000_000, rate = 1_000, ms = 20_000, pairs, warmUp }) =>
  withPending(bench, events, async (place) => {
    const due = { count: Math.floor((rate * ms) / 1000), perSecond: rate };
    const measured = await interleave(
      { pairs, warmUp },
      () => steadily(place, due),
      () => bareTimers(due),
      ({ ours, floor }) => bench.say(`p99 ${ours.p99.toFixed(1)} ms, floor ${floor.p99.toFixed(1)} ms`),
    );
    const over = median(measured.map(({ ours, floor }) => ours.p99 - floor.p99));
    const spoken = (side: 'ours' | 'floor') =>
      `p50 ${median(measured.map((run) => run[side].p50)).toFixed(1)}, p99 ${median(measured.map((run) => run[side].p99)).toFixed(1)} ms`;
    return {
      lines: [
        {
          case: 'B7',
          what: `${events} pending, ${rate}/s due: due → breach durable`,
          ours: spoken('ours'),
          floor: spoken('floor'),
          ratio: `+${over.toFixed(1)} ms`,
          goal: '≤ 25 ms',
          met: over <= 25,
          correct: measured.every(({ ours, floor }) => ours.correct && floor.correct),
        },
      ],
      detail: measured,
    };
  });

interface Drain {
  ms: number;
  correct: boolean;
}

const allAtOnce = async (place: Place, count: number): Promise<Drain> => {
  const { seen, correct } = await fireOnce(
    place,
    count,
    (start) => start,
    async (startAt, alive) => {
      await pause(startAt - Date.now());
      // Counted as the rows of F1 are.
      while ((await place.rows.estimatedDocumentCount()) < count) {
        alive();
        await pause(20);
      }
      return Date.now() - startAt;
    },
  );
  return { ms: seen, correct };
};

const drainEvents = async (bench: Bench, topic: string, count: number): Promise<Drain> => {
  const { perSecond, verdict } = await drainFloor(bench, topic, count);
  return { ms: (count / perSecond) * 1000, correct: clean(verdict) };
};

/** B7b: timers that are due at the same moment, from then until the last breach is durable, against F1 with as many events. */
export const b7b: Case = (bench, { events = 20_000, pairs, warmUp }) =>
  withPending(bench, events * 5, async (place) => {
    const topic = `${bench.fresh()}.floor-in`;
    await createTopics(bench.brokers, [topic]);
    try {
      await preload(bench.brokers, topic, openedChats(events));
      const measured = await interleave(
        { pairs, warmUp },
        () => allAtOnce(place, events),
        () => drainEvents(bench, topic, events),
        ({ ours, floor }) => bench.say(`B7b: ours ${ours.ms.toFixed(0)} ms, F1 ${floor.ms.toFixed(0)} ms`),
      );
      const ratio = ratioOf(measured.map(({ ours, floor }) => ({ ours: ours.ms, floor: floor.ms })));
      const middle = (side: 'ours' | 'floor') => `${median(measured.map((run) => run[side].ms)).toFixed(0)} ms`;
      return {
        lines: [
          {
            case: 'B7b',
            what: `${events} timers due at one moment: until the last breach is durable, ÷ F1 with as many events`,
            ours: middle('ours'),
            floor: middle('floor'),
            ratio: spread(ratio),
            goal: '≤ 1.5',
            met: ratio.median <= 1.5,
            correct: measured.every(({ ours, floor }) => ours.correct && floor.correct),
          },
        ],
        detail: measured,
      };
    } finally {
      await deleteTopics(bench.brokers, [topic]);
    }
  });

const busy = async (pids: number[], ms: number): Promise<number> => {
  const meter = cpuMeter(pids);
  const begun = performance.now();
  await pause(ms);
  return (meter() * 1000) / (performance.now() - begun);
};

/** What the service and its questions cost while nothing is due: cores, and commands to the database. */
const idleOnce = async (bench: Bench, place: Place, ms: number) => {
  const { mongod: pid } = bench.servers;
  const mongod = pid === undefined ? [] : [pid];
  const without = await busy(mongod, ms);
  const counter = await startMongoCounter(bench.mongoUrl);
  const service = await place.serve(counter.url);
  try {
    // Who has just started still compiles, its heap shrinks once (0.4 s of work within half a minute), and its consumer has not
    // come to rest.
    await pause(Math.max(SETTLED_MS, ms * 2));
    counter.take();
    const [own, withUs] = await Promise.all([busy([service.pid], ms), busy(mongod, ms)]);
    const commands = [...counter.take().values()].reduce((sum, count) => sum + count, 0);
    const untouched = await place.dockets.countDocuments({ version: 1, dueAt: { $exists: true } });
    return {
      service: own,
      mongod: Math.max(0, withUs - without),
      commandsPerSecond: (commands * 1000) / ms,
      correct: commands > 0 && !service.exited() && untouched === place.pending,
    };
  } finally {
    await service.stop();
    await counter.stop();
  }
};

/** B8: what the service costs while timers are pending and none is due. */
export const b8: Case = (bench, { events = 1_000_000, ms = 30_000, pairs = 3 }) =>
  withPending(bench, events, async (place) => {
    const measured: Awaited<ReturnType<typeof idleOnce>>[] = [];
    for (let i = 0; i < pairs; i++) measured.push(await idleOnce(bench, place, ms));
    const of = (what: 'service' | 'mongod' | 'commandsPerSecond') => median(measured.map((run) => run[what]));
    const percent = (cores: number) => `${(cores * 100).toFixed(2)} %`;
    const [service, mongod, commands] = [of('service'), of('mongod'), of('commandsPerSecond')];
    return {
      lines: [
        {
          case: 'B8',
          what: `${events} pending, nothing due: a core's share of the service and, for it, of mongod; commands`,
          ours: `${percent(service)} + ${percent(mongod)}, ${commands.toFixed(2)}/s`,
          floor: '-',
          ratio: '-',
          goal: '≤ 1 %, ≤ 2/s',
          met: service + mongod <= 0.01 && commands <= 2,
          correct: measured.every(({ correct }) => correct),
        },
      ],
      detail: measured,
    };
  });

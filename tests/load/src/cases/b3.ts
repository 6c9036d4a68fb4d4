import { startRoundTrip } from '../floors/round-trip';
import type { Verdict } from '../measure/check';
import { checkFloor, clean } from '../measure/check';
import type { Child } from '../measure/children';
import { startSender } from '../measure/children';
import type { Bench } from '../measure/context';
import type { Latency } from '../measure/latency';
import { createArrivals, watchRows } from '../measure/latency';
import { interleave, median, pairName, ratioOf } from '../measure/pairs';
import type { Line } from '../measure/report';
import { EPOCH, inboundIdOf } from '../workload/channel-mix';
import { INTENDED_AT } from '../workload/open-loop';
import { createTopics, deleteTopics } from '../workload/preload';
import { checkOurs, runOurs } from './b2';
import { spread } from './lines';
import {
  INBOUND,
  startConversation,
  startFloor,
  startJourney,
  stopAll,
  topicsOf,
  waitJoined,
  waitReady,
} from './parts';
import type { Case } from './types';

interface Load {
  perSecond: number;
  events: number;
  warmUp: number;
}

type Run = Latency & { verdict: Verdict };

/** The generator. It says when it begins once it is ready for it. */
const startLoad = (bench: Bench, topic: string, load: Load): Child =>
  startSender('open-loop', {
    KAFKA_BROKERS: bench.brokers,
    TOPIC: topic,
    RATE: String(load.perSecond),
    EVENTS: String(load.events),
  });

const beginOf = async (child: Child): Promise<number> => ((await child.told()) as { startAt: number }).startAt;

const watchLoad = async (
  bench: Bench,
  topic: string,
  load: Load,
  arrivals: ReturnType<typeof createArrivals>,
  children: Child[],
): Promise<Latency> => {
  const child = startLoad(bench, topic, load);
  children.push(child);
  const startAt = await beginOf(child);
  await child.done();
  const alive = () => {
    for (const one of children) if (one !== child && one.exited()) throw new Error(one.exited());
  };
  await arrivals.complete(60_000, alive);
  return arrivals.latency(startAt, load.perSecond, load.warmUp);
};

/** The mix gives event n the n-th millisecond, and a row's key holds its time behind the 16 bytes of its contact point. */
const numberInKey = (id: unknown): number => (id as Buffer).readUIntBE(16, 6) - EPOCH;

const oursOnce = async (bench: Bench, load: Load): Promise<Run> => {
  const run = bench.fresh();
  const prefix = `${run}.`;
  await createTopics(bench.brokers, topicsOf(prefix));
  const children: Child[] = [];
  const arrivals = createArrivals(load.events);
  try {
    const journey = await startJourney(bench, prefix, `${run}j`);
    const conversation = await startConversation(bench, prefix, `${run}c`);
    children.push(journey, conversation);
    await Promise.all([waitReady(journey), waitReady(conversation)]);
    const rows = bench.client.db(`${run}j`).collection('timeline');
    const watching = await watchRows(rows, numberInKey, arrivals);
    const latency = await watchLoad(bench, prefix + INBOUND, load, arrivals, children);
    await watching.stop();
    return { ...latency, verdict: await checkOurs(bench, prefix, rows, load.events) };
  } finally {
    await stopAll(children);
    await Promise.all([`${run}j`, `${run}c`].map((db) => bench.client.db(db).dropDatabase()));
    await deleteTopics(bench.brokers, topicsOf(prefix));
  }
};

const floorOnce = async (bench: Bench, load: Load): Promise<Run> => {
  const run = bench.fresh();
  const [first, second] = [`${run}.floor-in`, `${run}.floor-out`];
  await createTopics(bench.brokers, [first, second]);
  const children: Child[] = [];
  const arrivals = createArrivals(load.events);
  try {
    children.push(startFloor(bench, { topic: second, group: `${run}b`, db: `${run}b` }));
    children.push(startFloor(bench, { topic: first, group: `${run}a`, db: `${run}a`, out: second }));
    const rows = bench.client.db(`${run}b`).collection('rows');
    await Promise.all([`${run}a`, `${run}b`].map((group) => waitJoined(bench, group)));
    const numbers = new Map(Array.from({ length: load.events }, (_, n) => [inboundIdOf(n), n]));
    const watching = await watchRows(rows, (id) => numbers.get(String(id)) ?? -1, arrivals);
    const latency = await watchLoad(bench, first, load, arrivals, children);
    await watching.stop();
    return { ...latency, verdict: await checkFloor(rows, load.events) };
  } finally {
    await stopAll(children);
    await Promise.all([`${run}a`, `${run}b`].map((db) => bench.client.db(db).dropDatabase()));
    await deleteTopics(bench.brokers, [first, second]);
  }
};

/** F6 at the same rate: what a hop costs when nothing is done in it. */
const roundTrip = async (bench: Bench, load: Load): Promise<Latency> => {
  const run = bench.fresh();
  const topic = `${run}.floor-in`;
  await createTopics(bench.brokers, [topic]);
  const arrivals = createArrivals(load.events);
  let startAt = 0;
  const seen = (intendedAt: number) => arrivals.see(Math.round(((intendedAt - startAt) * load.perSecond) / 1000));
  const consuming = await startRoundTrip(bench.brokers, topic, run, seen, INTENDED_AT);
  const child = startLoad(bench, topic, load);
  try {
    startAt = await beginOf(child);
    await child.done();
    await arrivals.complete(60_000, () => undefined);
    return arrivals.latency(startAt, load.perSecond, load.warmUp);
  } finally {
    await child.stop();
    await consuming.stop();
    await deleteTopics(bench.brokers, [topic]);
  }
};

/** Half of what the whole way takes on this machine, in this run. */
const halfOfMaximum = async (bench: Bench, events: number): Promise<number> => {
  const known = { rows: 0 };
  const runs = [];
  for (let i = 0; i < 3; i++) runs.push((await runOurs(bench, events, known)).perSecond);
  // The first warms up, and learns how many rows there will be.
  const maximum = median(runs.slice(1));
  bench.say(`B3: the maximum is ${maximum.toFixed(0)}/s, so both get ${Math.floor(maximum / 2)}/s`);
  return Math.floor(maximum / 2);
};

const said = (runs: Latency[]): string =>
  `p50 ${median(runs.map(({ p50 }) => p50)).toFixed(1)} ms, p99 ${median(runs.map(({ p99 }) => p99)).toFixed(1)} ms`;

/** B3: published → readable on the timeline, at half of B2's own maximum, against F2 at the same rate. */
export const b3: Case = async (bench, options) => {
  const perSecond = options.rate ?? (await halfOfMaximum(bench, options.events ?? 100_000));
  const seconds = (options.ms ?? 20_000) / 1000;
  const load = { perSecond, events: Math.ceil(perSecond * seconds), warmUp: Math.ceil(perSecond * seconds * 0.3) };
  const pairs = await interleave<Run>(
    options,
    () => oursOnce(bench, load),
    () => floorOnce(bench, load),
    ({ ours, floor }, i) =>
      bench.say(`B3 ${pairName(i)}: ours ${said([ours])}; F2 ${said([floor])}; ${JSON.stringify(ours.verdict)}`),
  );
  const bare = await roundTrip(bench, load);
  const ratio = (pick: 'p50' | 'p99') =>
    ratioOf(pairs.map(({ ours, floor }) => ({ ours: ours[pick], floor: floor[pick] })));
  const [p50, p99] = [ratio('p50'), ratio('p99')];
  const base: Omit<Line, 'what' | 'ratio' | 'goal' | 'met'> = {
    case: 'B3',
    ours: said(pairs.map(({ ours }) => ours)),
    floor: said(pairs.map(({ floor }) => floor)),
    correct: pairs.every(({ ours, floor }) => clean(ours.verdict) && clean(floor.verdict)),
  };
  const what = `published → readable at ${perSecond}/s`;
  return {
    lines: [
      { ...base, what: `${what}, p50 ÷ F2`, ratio: spread(p50), goal: '≤ 1.5', met: p50.median <= 1.5 },
      { ...base, what: `${what}, p99 ÷ F2`, ratio: spread(p99), goal: '≤ 2', met: p99.median <= 2 },
      {
        ...base,
        case: 'F6',
        what: `produce → consume at ${perSecond}/s`,
        ours: '',
        floor: said([bare]),
        ratio: '',
        goal: '',
        met: true,
      },
    ],
    detail: { load, pairs, p50, p99, f6: bare },
  };
};

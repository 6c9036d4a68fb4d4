import { decodeMessage } from '@throughline/bus';
import { routingV1 } from '@throughline/proto';
import type { Consuming } from '../floors/round-trip';
import { startConsuming, startRoundTrip } from '../floors/round-trip';
import type { Verdict } from '../measure/check';
import { clean } from '../measure/check';
import type { Child } from '../measure/children';
import { callerPrivateKey, pause, startSender, waitReady } from '../measure/children';
import type { Bench } from '../measure/context';
import { collect } from '../measure/heap';
import type { Latency } from '../measure/latency';
import { createArrivals } from '../measure/latency';
import { interleave, median, pairName, ratioOf } from '../measure/pairs';
import { INTENDED_AT } from '../workload/open-loop';
import { openedChats } from '../workload/opened';
import { createTopics, deleteTopics, preload } from '../workload/preload';
import { spread } from './lines';
import { CONVERSATIONS, stopAll, topicsOf } from './parts';
import { checkOffers, clear, clientOf, OFFER_MADE, setUp, startRouting, WORK } from './routing-parts';
import type { Case } from './types';

const numberOf = (agentId: string): number => Number(agentId.slice(agentId.indexOf('-') + 1));

type Readied = Latency & { verdict: Verdict };

/** So many times the events go through before any counts: a process that has just started runs most of its code for the first time. */
const WARM_UPS = 2;

/** Agents become ready one after another, each at its moment, while contacts wait; seen by a consumer of the events. */
const readyOnce = async (bench: Bench, events: number, perSecond: number): Promise<Readied> => {
  const before = events * WARM_UPS;
  const all = before + events;
  const run = bench.fresh();
  await createTopics(bench.brokers, topicsOf(`${run}.`));
  const service = await startRouting(bench, run);
  const children: Child[] = [service];
  const arrivals = createArrivals(all);
  const seen = (message: object) => {
    const { type, data } = decodeMessage(message as never);
    if (type === OFFER_MADE) arrivals.see(numberOf(routingV1.OfferMade.decode(data).agentId));
  };
  let consuming: Consuming | undefined;
  try {
    await waitReady(service);
    const client = clientOf(service);
    await setUp(client, all, 1);
    await preload(bench.brokers, `${run}.${CONVERSATIONS}`, openedChats(all));
    const items = bench.client.db(`${run}r`).collection('work_items');
    while ((await items.estimatedDocumentCount()) < all) await pause(50);
    consuming = await startConsuming(bench.brokers, `${run}.${WORK}`, `${run}-seen`, seen);
    const asked = {
      GRPC_PORT: String(service.grpcPort),
      CALLER_KEY: callerPrivateKey,
      RATE: String(perSecond),
      WARM_UP: String(before),
      AGENTS: String(all),
    };
    const child = startSender('agents-ready', asked);
    children.push(child);
    const { startAt } = (await child.told()) as { startAt: number };
    // What the warm-up left behind is not collected while others are measured.
    collect();
    await child.done();
    await arrivals.complete(60_000, () => {
      if (service.exited()) throw new Error(service.exited());
    });
    const latency = arrivals.latency(startAt, perSecond, before);
    return { ...latency, verdict: await checkOffers(bench, run, all, 1) };
  } finally {
    await consuming?.stop();
    await stopAll(children);
    await clear(bench, run);
  }
};

/** F6 at the same rate. */
const hopOnce = async (bench: Bench, events: number, perSecond: number): Promise<Readied> => {
  const run = bench.fresh();
  const topic = `${run}.floor-in`;
  await createTopics(bench.brokers, [topic]);
  const arrivals = createArrivals(events);
  let startAt = 0;
  const seen = (intendedAt: number) => arrivals.see(Math.round(((intendedAt - startAt) * perSecond) / 1000));
  collect();
  const consuming = await startRoundTrip(bench.brokers, topic, run, seen, INTENDED_AT);
  const child = startSender('open-loop', {
    KAFKA_BROKERS: bench.brokers,
    TOPIC: topic,
    RATE: String(perSecond),
    EVENTS: String(events),
    WARM_UP: String(events * WARM_UPS),
  });
  try {
    ({ startAt } = (await child.told()) as { startAt: number });
    await child.done();
    await arrivals.complete(60_000, () => undefined);
    const verdict = { missing: 0, doubled: 0, reordered: 0, unknown: 0 };
    return { ...arrivals.latency(startAt, perSecond, 0), verdict };
  } finally {
    await child.stop();
    await consuming.stop();
    await deleteTopics(bench.brokers, [topic]);
  }
};

const said = (runs: Latency[]): string =>
  `p50 ${median(runs.map(({ p50 }) => p50)).toFixed(1)} ms, p99 ${median(runs.map(({ p99 }) => p99)).toFixed(1)} ms`;

/** B6: an agent becomes ready → the assignment was consumed, p99 ÷ F6's. */
export const b6: Case = async (bench, options) => {
  const perSecond = options.rate ?? 100;
  const events = options.events ?? Math.ceil((perSecond * (options.ms ?? 15_000)) / 1000);
  const pairs = await interleave(
    options,
    () => readyOnce(bench, events, perSecond),
    () => hopOnce(bench, events, perSecond),
    ({ ours, floor }, i) => bench.say(`B6 ${pairName(i)}: ours ${said([ours])}; F6 ${said([floor])}`),
  );
  const ratio = ratioOf(pairs.map(({ ours, floor }) => ({ ours: ours.p99, floor: floor.p99 })));
  return {
    lines: [
      {
        case: 'B6',
        what: `agent ready → assignment consumed at ${perSecond}/s, p99 ÷ F6`,
        ours: said(pairs.map(({ ours }) => ours)),
        floor: said(pairs.map(({ floor }) => floor)),
        ratio: spread(ratio),
        goal: '≤ 3',
        met: ratio.median <= 3,
        correct: pairs.every(({ ours }) => clean(ours.verdict)),
      },
    ],
    detail: { perSecond, events, pairs, ratio },
  };
};

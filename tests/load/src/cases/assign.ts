import { readFileSync } from 'node:fs';
import { decodeMessage } from '@throughline/bus';
import { routingV1 } from '@throughline/proto';
import { createCallerSigner, createClient } from '@throughline/rpc';
import { startRoundTrip } from '../floors/round-trip';
import type { Verdict } from '../measure/check';
import { checkFloor, clean } from '../measure/check';
import type { ServiceChild } from '../measure/children';
import { callerPrivateKey, logOf, pause, startNode, startService, waitReady } from '../measure/children';
import type { Bench } from '../measure/context';
import type { Drained } from '../measure/drain';
import { measureDrain } from '../measure/drain';
import type { Latency } from '../measure/latency';
import { createArrivals } from '../measure/latency';
import { interleave, median, ratioOf } from '../measure/pairs';
import { TENANT } from '../workload/channel-mix';
import { dueAt, INTENDED_AT, preciseNow } from '../workload/open-loop';
import { openedChats } from '../workload/opened';
import { createTopics, deleteTopics, kafkaOf, preload } from '../workload/preload';
import { drainLine, spread } from './lines';
import { CONVERSATIONS, openAdmin, startFloor, stopAll, topicsOf } from './parts';
import type { Case } from './types';

const WORK = 'routing.work.v1';
const OFFER_MADE = 'throughline.routing.v1.OfferMade';
const LEASE_MS = 2_000;
const CALLERS = 32;

const sign = createCallerSigner(callerPrivateKey);

/** The routing service as it ships; leases are short so that a run need not wait for those of the last. */
const startRouting = (bench: Bench, run: string, level = 'warn'): Promise<ServiceChild> =>
  startService('routing', {
    KAFKA_BROKERS: bench.brokers,
    KAFKA_TOPIC_PREFIX: `${run}.`,
    MONGO_URL: bench.mongoUrl,
    MONGO_DB: `${run}r`,
    LOG_LEVEL: level,
    ROUTING_LEASE_MS: String(LEASE_MS),
  });

const clientOf = ({ grpcPort }: ServiceChild) =>
  createClient(routingV1.RoutingServiceService, `127.0.0.1:${grpcPort}`, {
    caller: () => sign({ tenantId: TENANT, subject: 'bench', kind: 'user', scopes: ['*'] }),
    deadlineMs: 30_000,
  });
type Client = ReturnType<typeof clientOf>;

const inParallel = async (count: number, work: (n: number) => Promise<unknown>): Promise<void> => {
  let next = 0;
  const worker = async () => {
    while (next < count) await work(next++);
  };
  await Promise.all(Array.from({ length: CALLERS }, worker));
};

const agentOf = (n: number): string => `agent-${n}`;
const numberOf = (agentId: string): number => Number(agentId.slice(6));
const ready = (client: Client, n: number) =>
  client.setPresence({ agentId: agentOf(n), presence: routingV1.Presence.AVAILABLE, reason: '', requestId: '' });

/** A queue, a policy that sends everything there, and agents of whom each carries so many chats. */
const setUp = async (client: Client, agents: number, chats: number): Promise<void> => {
  await client.createQueue({ queue: routingV1.Queue.fromPartial({ id: 'support', name: 'Support' }), requestId: '' });
  const rule = routingV1.RoutingRule.fromPartial({ name: 'all', queueId: 'support', offerTimeoutSeconds: 600 });
  const routingPolicy = routingV1.RoutingPolicy.fromPartial({ id: 'default', rules: [rule] });
  await client.createRoutingPolicy({ routingPolicy, requestId: '' });
  await inParallel(agents, (n) => {
    const agent = { id: agentOf(n), queueIds: ['support'], capacityUnits: chats, channelCosts: { chat: 1 } };
    return client.createAgent({ agent: routingV1.Agent.fromPartial(agent), requestId: '' });
  });
};

/** Offers as published: which contact to whom, in the order of the topic. */
const offersOf = async (bench: Bench, run: string): Promise<{ workItemId: string; agentId: string }[]> => {
  const offers: { workItemId: string; agentId: string }[] = [];
  await openAdmin(bench, `${run}.`).readTopic(WORK, (message) => {
    const { type, data } = decodeMessage(message);
    if (type === OFFER_MADE) offers.push(routingV1.OfferMade.decode(data));
  });
  return offers;
};

const checkOffers = async (bench: Bench, run: string, expected: number, each: number): Promise<Verdict> => {
  const offers = await offersOf(bench, run);
  const items = new Set(offers.map(({ workItemId }) => workItemId));
  const load = new Map<string, number>();
  for (const { agentId } of offers) load.set(agentId, (load.get(agentId) ?? 0) + 1);
  return {
    missing: expected - items.size,
    doubled: offers.length - items.size,
    reordered: 0,
    // Over capacity is as wrong as an offer that nobody asked for.
    unknown: [...load.values()].filter((count) => count > each).length,
  };
};

const clear = async (bench: Bench, run: string): Promise<void> => {
  await bench.client.db(`${run}r`).dropDatabase();
  await deleteTopics(bench.brokers, topicsOf(`${run}.`));
};

const AGENTS = 500;

/** The service set up with free agents; then stopped, so that the contacts are there before it starts again. */
const assignOnce = async (bench: Bench, events: number): Promise<Drained & { verdict: Verdict }> => {
  const run = bench.fresh();
  const each = Math.ceil((events / AGENTS) * 1.2);
  await createTopics(bench.brokers, topicsOf(`${run}.`));
  const children: ServiceChild[] = [];
  try {
    const first = await startRouting(bench, run);
    children.push(first);
    await waitReady(first);
    await setUp(clientOf(first), AGENTS, each);
    await inParallel(AGENTS, (n) => ready(clientOf(first), n));
    await first.stop();
    await preload(bench.brokers, `${run}.${CONVERSATIONS}`, openedChats(events));
    const second = await startRouting(bench, run);
    children.push(second);
    // Decisions are saved after their row is durable and on its way: the last one saved is the last one assigned.
    const rows = bench.client.db(`${run}r`).collection('decisions');
    const drained = await measureDrain(bench, [second], rows, events, events);
    await second.stop();
    return { ...drained, verdict: await checkOffers(bench, run, events, each) };
  } finally {
    await stopAll(children);
    await clear(bench, run);
  }
};

const floorOnce = async (bench: Bench, topic: string, events: number): Promise<Drained & { verdict: Verdict }> => {
  const run = bench.fresh();
  const child = startFloor(bench, { topic, group: run, db: run });
  try {
    const rows = bench.client.db(run).collection('rows');
    const drained = await measureDrain(bench, [child], rows, events, events);
    return { ...drained, verdict: await checkFloor(rows, events) };
  } finally {
    await child.stop();
    await bench.client.db(run).dropDatabase();
  }
};

/** B5: contact opened → decided, durable and published, drained, ÷ F1. */
export const b5: Case = async (bench, options) => {
  const events = options.events ?? 20_000;
  const topic = `${bench.fresh()}.floor-in`;
  await createTopics(bench.brokers, [topic]);
  try {
    await preload(bench.brokers, topic, openedChats(events));
    const pairs = await interleave(
      options,
      () => assignOnce(bench, events),
      () => floorOnce(bench, topic, events),
      ({ ours, floor }, i) =>
        bench.say(
          `B5 ${i < 0 ? 'warm-up' : `pair ${i + 1}`}: ours ${ours.perSecond.toFixed(0)}/s, F1 ${floor.perSecond.toFixed(0)}/s, ${JSON.stringify(ours.verdict)}`,
        ),
    );
    const ratio = ratioOf(pairs.map(({ ours, floor }) => ({ ours: ours.perSecond, floor: floor.perSecond })));
    const correct = pairs.every(({ ours, floor }) => clean(ours.verdict) && clean(floor.verdict));
    const what = `contact opened → assigned, durable and published, ${events} contacts, ${AGENTS} agents, ÷ F1`;
    return { lines: [drainLine('B5', what, pairs, ratio, 0.5, correct)], detail: { events, pairs, ratio } };
  } finally {
    await deleteTopics(bench.brokers, [topic]);
  }
};

type Readied = Latency & { verdict: Verdict };

/** Agents become ready one after another, each at its moment, while contacts wait; seen by a consumer of the events. */
const readyOnce = async (bench: Bench, events: number, perSecond: number): Promise<Readied> => {
  const run = bench.fresh();
  await createTopics(bench.brokers, topicsOf(`${run}.`));
  const service = await startRouting(bench, run);
  const arrivals = createArrivals(events);
  const consumer = kafkaOf(bench.brokers).consumer({ groupId: `${run}-seen`, maxWaitTimeInMs: 250 });
  try {
    await waitReady(service);
    const client = clientOf(service);
    await setUp(client, events, 1);
    await preload(bench.brokers, `${run}.${CONVERSATIONS}`, openedChats(events));
    const items = bench.client.db(`${run}r`).collection('work_items');
    while ((await items.estimatedDocumentCount()) < events) await pause(50);
    await consumer.connect();
    await consumer.subscribe({ topics: [`${run}.${WORK}`], fromBeginning: false });
    const joined = new Promise<void>((resolve) => consumer.on(consumer.events.GROUP_JOIN, () => resolve()));
    await consumer.run({
      autoCommit: false,
      eachBatch: async ({ batch }) => {
        for (const message of batch.messages) {
          const { type, data } = decodeMessage(message as never);
          if (type === OFFER_MADE) arrivals.see(numberOf(routingV1.OfferMade.decode(data).agentId));
        }
      },
    });
    await joined;
    const startAt = preciseNow() + 500;
    const asked: Promise<unknown>[] = [];
    while (asked.length < events) {
      const wait = dueAt(startAt, perSecond, asked.length) - preciseNow();
      if (wait > 0) await pause(Math.max(1, Math.floor(wait)));
      else asked.push(ready(client, asked.length));
    }
    await Promise.all(asked);
    await arrivals.complete(60_000, () => {
      if (service.exited()) throw new Error(service.exited());
    });
    const latency = arrivals.latency(startAt, perSecond, Math.ceil(events * 0.3));
    return { ...latency, verdict: await checkOffers(bench, run, events, 1) };
  } finally {
    await consumer.disconnect();
    await service.stop();
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
  const consuming = await startRoundTrip(bench.brokers, topic, run, seen, INTENDED_AT);
  const child = startNode('open-loop', 'tests/load/dist/workload/open-loop.js', {
    KAFKA_BROKERS: bench.brokers,
    TOPIC: topic,
    RATE: String(perSecond),
    EVENTS: String(events),
  });
  try {
    ({ startAt } = (await child.told()) as { startAt: number });
    await child.done();
    await arrivals.complete(60_000, () => undefined);
    const verdict = { missing: 0, doubled: 0, reordered: 0, unknown: 0 };
    return { ...arrivals.latency(startAt, perSecond, Math.ceil(events * 0.3)), verdict };
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
    ({ ours, floor }, i) =>
      bench.say(`B6 ${i < 0 ? 'warm-up' : `pair ${i + 1}`}: ours ${said([ours])}; F6 ${said([floor])}`),
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

interface Taken {
  ms: number;
  count: number;
}

/** How long a shard with work took, by the service's own log. */
const takeOnce = async (bench: Bench, run: string): Promise<Taken> => {
  const service = await startRouting(bench, run, 'info');
  try {
    await waitReady(service);
    const takings = readFileSync(logOf('routing'), 'utf8')
      .split('\n')
      .flatMap((line) =>
        line.includes('"tookMs"') ? [JSON.parse(line) as { tookMs: number; documents: number }] : [],
      );
    const most = takings.reduce((a, b) => (b.documents > a.documents ? b : a));
    return { ms: most.tookMs, count: most.documents };
  } finally {
    await service.stop();
  }
};

const scanOnce = async (bench: Bench, run: string): Promise<Taken> => {
  const child = startNode('floor-scan', 'tests/load/dist/floors/scan.js', {
    MONGO_URL: bench.mongoUrl,
    MONGO_DB: `${run}r`,
  });
  const taken = (await child.told()) as Taken;
  await child.done();
  return taken;
};

/** Take-over: until a shard with so many waiting contacts decides again, ÷ reading those documents. */
export const takeOver: Case = async (bench, options) => {
  const events = options.events ?? 100_000;
  const run = bench.fresh();
  await createTopics(bench.brokers, topicsOf(`${run}.`));
  try {
    const service = await startRouting(bench, run);
    try {
      await waitReady(service);
      await setUp(clientOf(service), 10, 1);
      await preload(bench.brokers, `${run}.${CONVERSATIONS}`, openedChats(events));
      const items = bench.client.db(`${run}r`).collection('work_items');
      while ((await items.estimatedDocumentCount()) < events) {
        if (service.exited()) throw new Error(service.exited());
        await pause(100);
      }
    } finally {
      await service.stop();
    }
    const pairs = await interleave(
      options,
      () => takeOnce(bench, run),
      () => scanOnce(bench, run),
      ({ ours, floor }, i) =>
        bench.say(
          `take-over ${i < 0 ? 'warm-up' : `pair ${i + 1}`}: ours ${ours.ms.toFixed(0)} ms, scan ${floor.ms.toFixed(0)} ms`,
        ),
    );
    const ratio = ratioOf(pairs.map(({ ours, floor }) => ({ ours: ours.ms, floor: floor.ms })));
    const milliseconds = (runs: Taken[]) => `${median(runs.map(({ ms }) => ms)).toFixed(0)} ms`;
    return {
      lines: [
        {
          case: 'take-over',
          what: `a shard with ${events} waiting decides again ÷ reading them`,
          ours: milliseconds(pairs.map(({ ours }) => ours)),
          floor: milliseconds(pairs.map(({ floor }) => floor)),
          ratio: spread(ratio),
          goal: '≤ 1.3',
          met: ratio.median <= 1.3,
          correct: pairs.every(({ ours, floor }) => ours.count >= events && floor.count === events),
        },
      ],
      detail: { events, pairs, ratio },
    };
  } finally {
    await clear(bench, run);
  }
};

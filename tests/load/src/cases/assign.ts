import { decodeMessage } from '@throughline/bus';
import { routingV1 } from '@throughline/proto';
import { createCallerSigner, createClient } from '@throughline/rpc';
import type { Verdict } from '../measure/check';
import { checkFloor, clean } from '../measure/check';
import type { ServiceChild } from '../measure/children';
import { callerPrivateKey, startService, waitReady } from '../measure/children';
import type { Bench } from '../measure/context';
import type { Drained } from '../measure/drain';
import { measureDrain } from '../measure/drain';
import { interleave, ratioOf } from '../measure/pairs';
import { TENANT } from '../workload/channel-mix';
import { openedChats } from '../workload/opened';
import { createTopics, deleteTopics, preload } from '../workload/preload';
import { drainLine } from './lines';
import { CONVERSATIONS, openAdmin, startFloor, stopAll, topicsOf } from './parts';
import type { Case } from './types';

const WORK = 'routing.work.v1';
const OFFER_MADE = 'throughline.routing.v1.OfferMade';
const LEASE_MS = 2_000;
const CALLERS = 32;

const sign = createCallerSigner(callerPrivateKey);

/** The routing service as it ships; leases are short so that a run need not wait for those of the last. */
const startRouting = (bench: Bench, run: string): Promise<ServiceChild> =>
  startService('routing', {
    KAFKA_BROKERS: bench.brokers,
    KAFKA_TOPIC_PREFIX: `${run}.`,
    MONGO_URL: bench.mongoUrl,
    MONGO_DB: `${run}r`,
    LOG_LEVEL: 'warn',
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
    // Work is saved after the row that offers it is durable and on its way: the last one saved is the last one assigned.
    const rows = bench.client.db(`${run}r`).collection('work_items');
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

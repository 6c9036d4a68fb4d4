import { decodeMessage } from '@throughline/bus';
import { routingV1 } from '@throughline/proto';
import type { Verdict } from '../measure/check';
import type { ServiceChild } from '../measure/children';
import { callerPrivateKey, startService } from '../measure/children';
import type { Bench } from '../measure/context';
import { deleteTopics } from '../workload/preload';
import type { RoutingClient } from '../workload/routing-client';
import { agentOf, inParallel, routingClient } from '../workload/routing-client';
import { openAdmin, topicsOf } from './parts';

export const WORK = 'routing.work.v1';
export const OFFER_MADE = 'throughline.routing.v1.OfferMade';
const LEASE_MS = 2_000;

/** The routing service as it ships; leases are short so that a run need not wait for those of the last. */
export const startRouting = (bench: Bench, run: string, level = 'warn'): Promise<ServiceChild> =>
  startService('routing', {
    KAFKA_BROKERS: bench.brokers,
    KAFKA_TOPIC_PREFIX: `${run}.`,
    MONGO_URL: bench.mongoUrl,
    MONGO_DB: `${run}r`,
    LOG_LEVEL: level,
    ROUTING_LEASE_MS: String(LEASE_MS),
  });

export const clientOf = ({ grpcPort }: ServiceChild) => routingClient(grpcPort, callerPrivateKey);

/** A queue, a policy that sends everything there, and agents of whom each carries so many chats. */
export const setUp = async (client: RoutingClient, agents: number, chats: number): Promise<void> => {
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

export const checkOffers = async (bench: Bench, run: string, expected: number, each: number): Promise<Verdict> => {
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

export const clear = async (bench: Bench, run: string): Promise<void> => {
  await bench.client.db(`${run}r`).dropDatabase();
  await deleteTopics(bench.brokers, topicsOf(`${run}.`));
};

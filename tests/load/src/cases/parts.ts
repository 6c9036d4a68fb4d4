import { createBus } from '@throughline/bus';
import { topicCatalogue } from '@throughline/local';
import { noTelemetry } from '@throughline/telemetry';
import type { Child, ServiceChild } from '../measure/children';
import { startNode, startService, waitReady } from '../measure/children';
import type { Bench } from '../measure/context';

export const INBOUND = 'channel.inbound.v1';
export const CONVERSATIONS = 'conversation.conversations.v1';

/** Every topic of the catalogue with the prefix of a run, because the services read them all. */
export const topicsOf = (prefix: string): string[] => topicCatalogue().map(({ name }) => prefix + name);

const shared = (bench: Bench, prefix: string, db: string) => ({
  KAFKA_BROKERS: bench.brokers,
  KAFKA_TOPIC_PREFIX: prefix,
  MONGO_URL: bench.mongoUrl,
  MONGO_DB: db,
  LOG_LEVEL: 'warn',
});

/** The journey service as it ships: metrics and traces on, sampled as by default. */
export const startJourney = (bench: Bench, prefix: string, db: string): Promise<ServiceChild> =>
  startService('journey', shared(bench, prefix, db));

/** The conversation service as it ships, but for acknowledgements: those are mails of their own, not steps of the way we measure. */
export const startConversation = (bench: Bench, prefix: string, db: string): Promise<ServiceChild> =>
  startService('conversation', {
    ...shared(bench, prefix, db),
    CONVERSATION_THREAD_SECRET: 'a secret only for benchmarks',
    CONVERSATION_ACKNOWLEDGE_CHANNELS: 'none',
  });

export { waitReady };

/** F1, or with `out` the first hop of F2. */
export const startFloor = (bench: Bench, given: { topic: string; group: string; db: string; out?: string }): Child =>
  startNode(`floor-${given.out ? 'a' : 'b'}`, 'tests/load/dist/floors/drain.js', {
    KAFKA_BROKERS: bench.brokers,
    MONGO_URL: bench.mongoUrl,
    MONGO_DB: given.db,
    TOPIC: given.topic,
    GROUP: given.group,
    ...(given.out ? { OUT_TOPIC: given.out } : {}),
  });

export const stopAll = async (children: Child[]): Promise<void> => {
  await Promise.all(children.map((child) => child.stop()));
};

/** Lag, ends and offsets of a run's topics. */
export const openAdmin = (bench: Bench, prefix: string) => {
  const bus = createBus({
    brokers: bench.brokers.split(','),
    clientId: 'bench-admin',
    topicPrefix: prefix,
    telemetry: noTelemetry(),
  });
  return { ...bus.admin, readTopic: bus.readTopic };
};

import { createBus } from '@throughline/bus';
import { topicCatalogue } from '@throughline/local';
import { noTelemetry } from '@throughline/telemetry';
import { freePort } from '@throughline/testing';
import type { Child, Manner, ServiceChild } from '../measure/children';
import { callerPrivateKey, pause, startNode, startService, waitReady } from '../measure/children';
import type { Bench } from '../measure/context';
import { TENANT } from '../workload/channel-mix';
import { kafkaOf } from '../workload/preload';

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
export const startJourney = (bench: Bench, prefix: string, db: string, manner?: Manner): Promise<ServiceChild> =>
  startService('journey', shared(bench, prefix, db), manner);

/** The conversation service as it ships, but for acknowledgements: those are mails of their own, not steps of the way we measure. */
export const startConversation = (bench: Bench, prefix: string, db: string, manner?: Manner): Promise<ServiceChild> =>
  startService(
    'conversation',
    {
      ...shared(bench, prefix, db),
      CONVERSATION_THREAD_SECRET: 'a secret only for benchmarks',
      CONVERSATION_ACKNOWLEDGE_CHANNELS: 'none',
    },
    manner,
  );

/** A key that may read and write, known to the gateway from its start. */
export const API_KEY = 'tl_bench_0123456789abcdefghijklmnopqrstuvwxyzABCDEFG';

/** The gateway as it ships in front of a journey service, but for limits that no key of a benchmark may hit. */
export const startGateway = async (
  bench: Bench,
  db: string,
  journey: string,
): Promise<ServiceChild & { httpPort: number }> => {
  const httpPort = await freePort();
  const child = await startService('gateway', {
    ...shared(bench, '', db),
    HTTP_PORT: String(httpPort),
    CALLER_PRIVATE_KEY: callerPrivateKey,
    GATEWAY_BACKENDS: `throughline.journey=${journey}`,
    GATEWAY_BOOTSTRAP_KEYS: JSON.stringify([
      { tenantId: TENANT, key: API_KEY, scopes: ['journey:read', 'journey:write'] },
    ]),
    GATEWAY_AUDIT_KEYS: JSON.stringify([{ kid: 1, secret: 'a secret only for benchmarks, long enough' }]),
    GATEWAY_KEY_REQUESTS_PER_SECOND: '1000000',
    GATEWAY_TENANT_REQUESTS_PER_SECOND: '1000000',
  });
  return { ...child, httpPort };
};

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

/** Waits until a group has a member with work: floors do not say when they are ready. */
export const waitJoined = async (bench: Bench, group: string, timeoutMs = 30_000): Promise<void> => {
  const admin = kafkaOf(bench.brokers).admin();
  await admin.connect();
  try {
    for (const end = Date.now() + timeoutMs; ; await pause(100)) {
      const { groups } = await admin.describeGroups([group]);
      const [found] = groups;
      if (found?.state === 'Stable' && found.members.some((member) => member.memberAssignment.length > 0)) return;
      if (Date.now() > end) throw new Error(`${group} was not joined in time`);
    }
  } finally {
    await admin.disconnect();
  }
};

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

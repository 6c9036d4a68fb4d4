import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startKafka } from '@throughline/local';
import { freePort, selfSigned } from '@throughline/testing';
import {
  AclOperationTypes,
  AclPermissionTypes,
  AclResourceTypes,
  Kafka,
  logLevel,
  ResourcePatternTypes,
} from 'kafkajs';
import type { Acl } from '../src/strimzi';

const PASSWORD = 'a password only for tests';
const UNAUTHORIZED = new Set([
  'TOPIC_AUTHORIZATION_FAILED',
  'GROUP_AUTHORIZATION_FAILED',
  'CLUSTER_AUTHORIZATION_FAILED',
]);

const resourceTypes = {
  topic: AclResourceTypes.TOPIC,
  group: AclResourceTypes.GROUP,
  cluster: AclResourceTypes.CLUSTER,
};
const patterns = { literal: ResourcePatternTypes.LITERAL, prefix: ResourcePatternTypes.PREFIXED };
const operationTypes: Record<string, AclOperationTypes> = {
  Read: AclOperationTypes.READ,
  Write: AclOperationTypes.WRITE,
  Describe: AclOperationTypes.DESCRIBE,
  DescribeConfigs: AclOperationTypes.DESCRIBE_CONFIGS,
  Delete: AclOperationTypes.DELETE,
};

/** What Strimzi's user operator would tell the broker of a KafkaUser. */
const entriesOf = (user: string, acls: Acl[]) =>
  acls.flatMap(({ type, name, pattern, operations }) =>
    operations.map((operation) => ({
      resourceType: resourceTypes[type],
      resourceName: name,
      resourcePatternType: patterns[pattern],
      principal: `User:${user}`,
      host: '*',
      operation: operationTypes[operation]!,
      permissionType: AclPermissionTypes.ALLOW,
    })),
  );

// The requests of the protocol one by one, which the client's own interface does not offer.
interface Connection {
  metadata(topics: string[]): Promise<unknown>;
  produce(request: object): Promise<unknown>;
  fetch(request: object): Promise<unknown>;
  heartbeat(request: object): Promise<unknown>;
  findGroupCoordinator(request: object): Promise<unknown>;
  createTopics(request: object): Promise<unknown>;
  deleteTopics(request: object): Promise<unknown>;
}

interface Cluster {
  connect(): Promise<void>;
  disconnect(): Promise<void>;
  refreshMetadata(): Promise<void>;
  findBroker(options: { nodeId: string }): Promise<Connection>;
}

const clusterOf = (kafka: Kafka): Cluster => {
  const create = Object.getOwnPropertySymbols(kafka).find(({ description }) => description?.endsWith('createCluster'))!;
  const make = (kafka as unknown as Record<symbol, (options: object) => Cluster>)[create]!;
  return make.call(kafka, { metadataMaxAge: 300_000, allowAutoTopicCreation: false });
};

/** True unless the broker says that this user may not. Other errors mean that it would do it. */
const may = async (ask: () => Promise<unknown>): Promise<boolean> => {
  try {
    await ask();
    return true;
  } catch (error) {
    // One request about several topics fails with an error for each.
    const [first] = (error as { errors?: unknown[] }).errors ?? [error];
    const { type, message } = first as { type?: string; message: string };
    if (type === undefined) throw error;
    if (UNAUTHORIZED.has(type)) return false;
    if (['UNKNOWN_MEMBER_ID', 'COORDINATOR_NOT_AVAILABLE', 'NOT_COORDINATOR_FOR_GROUP'].includes(type)) return true;
    throw new Error(`unexpected answer: ${type} ${message}`);
  }
};

const probesOf = (connection: Connection) => ({
  Describe: (topic: string) => may(() => connection.metadata([topic])),
  Write: (topic: string) =>
    may(() =>
      connection.produce({
        topicData: [{ topic, partitions: [{ partition: 0, messages: [{ value: Buffer.from('x') }] }] }],
      }),
    ),
  Read: (topic: string) =>
    may(() =>
      connection.fetch({
        maxWaitTime: 0,
        minBytes: 0,
        maxBytes: 1_000,
        isolationLevel: 0,
        topics: [{ topic, partitions: [{ partition: 0, fetchOffset: 0, maxBytes: 1_000 }] }],
      }),
    ),
  join: (groupId: string) => may(() => connection.heartbeat({ groupId, groupGenerationId: 1, memberId: 'nobody' })),
  create: (topic: string) =>
    may(() =>
      connection.createTopics({ topics: [{ topic, numPartitions: 1, replicationFactor: 1 }], validateOnly: true }),
    ),
  delete: (topic: string) => may(() => connection.deleteTopics({ topics: [topic], timeout: 1_000 })),
});

export type Probes = ReturnType<typeof probesOf>;

/** A real broker on which users prove who they are and may what these permissions say. */
export const startAuthorizingBroker = async (users: Map<string, Acl[]>, topics: string[]) => {
  const home = mkdtempSync(join(tmpdir(), 'throughline-permissions-'));
  const { cert, key } = selfSigned('localhost');
  const [port, controllerPort, securePort] = await Promise.all([freePort(), freePort(), freePort()]);
  const names = [...users.keys()];
  const others = names.map((username) => ({ username, password: PASSWORD }));
  const secure = { port: securePort, cert, key, username: 'unused', password: PASSWORD, others, authorizes: true };
  const server = await startKafka({ home, port, controllerPort, say: () => undefined, secure });
  const admin = new Kafka({ brokers: [`127.0.0.1:${port}`], logLevel: logLevel.NOTHING }).admin();
  await admin.connect();
  await admin.createTopics({ topics: topics.map((topic) => ({ topic, numPartitions: 1 })) });
  await admin.createAcls({ acl: [...users].flatMap(([user, acls]) => entriesOf(user, acls)) });
  await admin.disconnect();
  return {
    /** Asks as this user. */
    async as<T>(username: string, work: (probes: Probes) => Promise<T>): Promise<T> {
      const kafka = new Kafka({
        brokers: [`localhost:${securePort}`],
        ssl: { ca: [cert] },
        sasl: { mechanism: 'scram-sha-512', username, password: PASSWORD },
        logLevel: logLevel.NOTHING,
        retry: { retries: 3 },
      });
      const cluster = clusterOf(kafka);
      await cluster.connect();
      try {
        await cluster.refreshMetadata();
        return await work(probesOf(await cluster.findBroker({ nodeId: '1' })));
      } finally {
        await cluster.disconnect();
      }
    },
    async stop() {
      await server.stop();
      rmSync(home, { recursive: true, force: true });
    },
  };
};

import { Kafka, logLevel } from 'kafkajs';
import type { Preloaded } from './channel-mix';
import { partitionOf } from './partition';

export const PARTITIONS = 12;

export const kafkaOf = (brokers: string): Kafka =>
  new Kafka({ brokers: brokers.split(','), clientId: 'bench', logLevel: logLevel.NOTHING, retry: { retries: 8 } });

// Topics that stay empty need no room.
const busy = /channel\.inbound\.v1$|conversation\.conversations\.v1$|floor/;

/** Creates the topics; those that carry the load have 12 partitions. */
export const createTopics = async (brokers: string, names: string[]): Promise<void> => {
  const admin = kafkaOf(brokers).admin();
  await admin.connect();
  await admin.createTopics({
    waitForLeaders: false,
    topics: names.map((topic) => ({ topic, numPartitions: busy.test(topic) ? PARTITIONS : 1, replicationFactor: 1 })),
  });
  await admin.disconnect();
};

export const deleteTopics = async (brokers: string, names: string[]): Promise<void> => {
  const admin = kafkaOf(brokers).admin();
  await admin.connect();
  const existing = new Set(await admin.listTopics());
  const topics = names.filter((name) => existing.has(name));
  if (topics.length > 0) await admin.deleteTopics({ topics }).catch(() => undefined);
  await admin.disconnect();
};

/** Fills a topic before the clock starts, so that the generator is idle while we measure. */
export const preload = async (brokers: string, topic: string, events: Iterable<Preloaded>): Promise<number> => {
  const producer = kafkaOf(brokers).producer({ idempotent: false, maxInFlightRequests: 1 });
  await producer.connect();
  let batch: { key: string; value: Buffer; partition: number }[] = [];
  let bytes = 0;
  let count = 0;
  const flush = async () => {
    if (batch.length > 0) await producer.send({ topic, acks: -1, messages: batch });
    batch = [];
    bytes = 0;
  };
  for (const { key, value } of events) {
    batch.push({ key, value, partition: partitionOf(key, PARTITIONS) });
    count++;
    bytes += value.length + key.length + 100;
    // All of one customer meets in one partition, and the broker takes 1 MiB a batch.
    if (bytes > 800_000) await flush();
  }
  await flush();
  await producer.disconnect();
  return count;
};

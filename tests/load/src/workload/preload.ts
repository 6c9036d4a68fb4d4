import { createBus } from '@throughline/bus';
import { noTelemetry } from '@throughline/telemetry';
import { Kafka, logLevel } from 'kafkajs';
import { pause } from '../measure/children';
import type { Preloaded } from './channel-mix';
import { partitionOf } from './partition';

export const PARTITIONS = 12;

export const kafkaOf = (brokers: string): Kafka =>
  new Kafka({ brokers: brokers.split(','), clientId: 'bench', logLevel: logLevel.NOTHING, retry: { retries: 8 } });

// Topics that stay empty need no room.
const busy = /channel\.inbound\.v1$|conversation\.conversations\.v1$|floor/;

/** How many messages a topic holds; fails while one of its partitions is not served yet. */
const countIn = async (brokers: string, topic: string): Promise<number> => {
  const admin = kafkaOf(brokers).admin();
  await admin.connect();
  try {
    const ends = await admin.fetchTopicOffsets(topic);
    return ends.reduce((sum, { low, high }) => sum + Number(high) - Number(low), 0);
  } finally {
    await admin.disconnect();
  }
};

const SERVED_WITHIN_MS = 20_000;

/** A leader is named before it serves. Until it does the client sends whole requests again, and what other partitions took is there twice. */
const untilServed = async (brokers: string, topic: string): Promise<void> => {
  for (const end = Date.now() + SERVED_WITHIN_MS; ; await pause(50)) {
    try {
      await countIn(brokers, topic);
      return;
    } catch (error) {
      if ((error as { retriable?: boolean }).retriable !== true || Date.now() > end) throw error;
    }
  }
};

/** Creates the topics; those that carry the load have 12 partitions, and are waited for until each of those answers. */
export const createTopics = async (brokers: string, names: string[]): Promise<void> => {
  const bus = createBus({ brokers: brokers.split(','), clientId: 'bench', topicPrefix: '', telemetry: noTelemetry() });
  await bus.admin.ensureTopics(names.map((name) => ({ name, partitions: busy.test(name) ? PARTITIONS : 1 })));
  for (const name of names.filter((one) => busy.test(one))) await untilServed(brokers, name);
};

export const deleteTopics = async (brokers: string, names: string[]): Promise<void> => {
  const admin = kafkaOf(brokers).admin();
  await admin.connect();
  const existing = new Set(await admin.listTopics());
  const topics = names.filter((name) => existing.has(name));
  if (topics.length > 0) await admin.deleteTopics({ topics }).catch(() => undefined);
  await admin.disconnect();
};

/**
 * Fills a topic before the clock starts, so that the generator is idle while we measure. Fails unless each event is there once, behind the `before` that
 * the topic held. */
export const preload = async (
  brokers: string,
  topic: string,
  events: Iterable<Preloaded>,
  before = 0,
): Promise<number> => {
  const producer = kafkaOf(brokers).producer({ idempotent: false, maxInFlightRequests: 1 });
  await producer.connect();
  let batch: (Preloaded & { partition: number })[] = [];
  let bytes = 0;
  let count = 0;
  const flush = async () => {
    if (batch.length > 0) await producer.send({ topic, acks: -1, messages: batch });
    batch = [];
    bytes = 0;
  };
  for (const event of events) {
    const { key, value } = event;
    batch.push({ ...event, partition: partitionOf(key, PARTITIONS) });
    count++;
    bytes += value.length + key.length + (event.headers ? 200 : 100);
    // All of one customer meets in one partition, and the broker takes 1 MiB a batch.
    if (bytes > 800_000) await flush();
  }
  await flush();
  await producer.disconnect();
  const there = await countIn(brokers, topic);
  if (there !== before + count) throw new Error(`${topic} holds ${there} messages of ${before + count} that were sent`);
  return count;
};

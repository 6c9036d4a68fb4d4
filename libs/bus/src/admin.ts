import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { Kafka } from 'kafkajs';
import type { BusAdmin, RawMessage } from './types';

const COORDINATED_WITHIN_MS = 20_000;
// A broker that has just started says so until it has read its groups: it has done nothing of what was asked.
const coordinatorToCome = new Set([
  'GROUP_LOAD_IN_PROGRESS',
  'GROUP_COORDINATOR_NOT_AVAILABLE',
  'NOT_COORDINATOR_FOR_GROUP',
]);

async function withAdmin<T>(kafka: Kafka, work: (admin: ReturnType<Kafka['admin']>) => Promise<T>): Promise<T> {
  const admin = kafka.admin();
  await admin.connect();
  try {
    for (const end = Date.now() + COORDINATED_WITHIN_MS; ; ) {
      try {
        return await work(admin);
      } catch (error) {
        if (!coordinatorToCome.has((error as { type?: string }).type ?? '') || Date.now() > end) throw error;
      }
      await pause(250);
    }
  } finally {
    await admin.disconnect();
  }
}

const LED_WITHIN_MS = 20_000;

/**
 * Waits until every partition has a leader. The client's own wait gives up with "does not host this topic-partition"
 * when it asks before the news of the new topic has reached the broker.
 */
async function untilLed(admin: ReturnType<Kafka['admin']>, topics: string[]): Promise<void> {
  for (const end = Date.now() + LED_WITHIN_MS; ; ) {
    try {
      const { topics: known } = await admin.fetchTopicMetadata({ topics });
      if (known.every(({ partitions }) => partitions.length > 0 && partitions.every(({ leader }) => leader >= 0)))
        return;
    } catch (error) {
      if ((error as { retriable?: boolean }).retriable !== true || Date.now() > end) throw error;
    }
    if (Date.now() > end) throw new Error(`no leaders within ${LED_WITHIN_MS} ms: ${topics.join(', ')}`);
    await pause(100);
  }
}

/** A coordinator that moves or loads says so, and answers a moment later. */
async function patiently<T>(ask: () => Promise<T>): Promise<T> {
  for (const end = Date.now() + LED_WITHIN_MS; ; ) {
    try {
      return await ask();
    } catch (error) {
      if ((error as { retriable?: boolean }).retriable !== true || Date.now() > end) throw error;
      await pause(200);
    }
  }
}

interface CommittedOffset {
  topic: string;
  partition: number;
  offset: string;
}

/** Committed offsets of a group under this prefix; partitions of which nothing is committed are left out. */
async function committed(admin: ReturnType<Kafka['admin']>, prefix: string, group: string): Promise<CommittedOffset[]> {
  const topics = await patiently(() => admin.fetchOffsets({ groupId: prefix + group }));
  return topics
    .filter(({ topic }) => topic.startsWith(prefix))
    .flatMap(({ topic, partitions }) =>
      partitions
        .filter(({ offset }) => !offset.startsWith('-'))
        .map(({ partition, offset }) => ({ topic: topic.slice(prefix.length), partition, offset })),
    );
}

/** Questions and rare commands to the cluster; each opens and closes its own connection. */
export function createAdmin(kafka: Kafka, prefix: string): BusAdmin {
  return {
    ensureTopics: (topics) =>
      withAdmin(kafka, async (admin) => {
        const existing = new Set(await admin.listTopics());
        const missing = topics.filter((topic) => !existing.has(prefix + topic.name));
        if (missing.length === 0) return;
        await admin.createTopics({
          waitForLeaders: false,
          topics: missing.map((topic) => ({
            topic: prefix + topic.name,
            numPartitions: topic.partitions,
            replicationFactor: topic.replicas ?? 1,
            configEntries: Object.entries(topic.config ?? {}).map(([name, value]) => ({ name, value })),
          })),
        });
        await untilLed(
          admin,
          missing.map((topic) => prefix + topic.name),
        );
      }),
    listTopics: () =>
      withAdmin(kafka, async (admin) =>
        (await admin.listTopics()).filter((name) => name.startsWith(prefix)).map((name) => name.slice(prefix.length)),
      ),
    lag: (group, topics) =>
      withAdmin(kafka, async (admin) => {
        let lag = 0n;
        const committed = await admin.fetchOffsets({
          groupId: prefix + group,
          topics: topics.map((topic) => prefix + topic),
        });
        for (const { topic, partitions } of committed) {
          const ends = await admin.fetchTopicOffsets(topic);
          for (const end of ends) {
            const mine = partitions.find((entry) => entry.partition === end.partition)?.offset ?? '-1';
            // Negative offsets are words: -1 nothing committed, -2 set back to the earliest.
            lag += BigInt(end.high) - (mine.startsWith('-') ? BigInt(end.low) : BigInt(mine));
          }
        }
        return Number(lag);
      }),
    groupLag: (group) =>
      withAdmin(kafka, async (admin) => {
        const { groups } = await admin.describeGroups([prefix + group]);
        const offsets = await committed(admin, prefix, group);
        const lags: { topic: string; lag: number }[] = [];
        for (const topic of [...new Set(offsets.map((entry) => entry.topic))].sort()) {
          const ends = await admin.fetchTopicOffsets(prefix + topic);
          const behind = ends.map(({ partition, high, low }) => {
            const mine = offsets.find((entry) => entry.topic === topic && entry.partition === partition)?.offset ?? low;
            return BigInt(high) - BigInt(mine);
          });
          lags.push({ topic, lag: Number(behind.reduce((sum, one) => sum + one, 0n)) });
        }
        return { members: groups[0]?.members.length ?? 0, lags };
      }),
    resetOffsets: (group, topics) =>
      withAdmin(kafka, async (admin) => {
        const groupId = prefix + group;
        const wanted = new Set(topics.map((topic) => prefix + topic));
        const committed = await admin.fetchOffsets({ groupId });
        // A group without offsets begins at the first message. Forgetting it is instant; kafkajs takes seconds a topic.
        if (committed.every(({ topic }) => wanted.has(topic))) {
          if (committed.length > 0) await admin.deleteGroups([groupId]);
          return;
        }
        for (const topic of topics)
          await admin.resetOffsets({ groupId: prefix + group, topic: prefix + topic, earliest: true });
      }),
  };
}

/** Reads a topic once from its first to its present last message, without leaving a group behind. */
export async function readTopic(
  kafka: Kafka,
  prefix: string,
  topic: string,
  onMessage: (message: RawMessage) => void,
): Promise<void> {
  const name = prefix + topic;
  const ends = await withAdmin(kafka, (admin) => admin.fetchTopicOffsets(name));
  const left = new Map(
    ends.filter((end) => BigInt(end.high) > BigInt(end.low)).map((end) => [end.partition, BigInt(end.high)]),
  );
  if (left.size === 0) return;
  const groupId = `throughline-reader-${randomUUID()}`;
  const consumer = kafka.consumer({
    groupId,
    sessionTimeout: 10_000,
    heartbeatInterval: 500,
    allowAutoTopicCreation: false,
  });
  try {
    await consumer.connect();
    await consumer.subscribe({ topics: [name], fromBeginning: true });
    await new Promise<void>((resolve, reject) => {
      consumer.on(consumer.events.CRASH, ({ payload }) => reject(payload.error));
      consumer
        .run({
          autoCommit: false,
          eachMessage: async ({ partition, message }) => {
            const end = left.get(partition);
            if (end === undefined || BigInt(message.offset) >= end) return;
            onMessage({
              topic,
              partition,
              offset: message.offset,
              key: message.key,
              value: message.value,
              headers: message.headers ?? {},
              timestamp: Number(message.timestamp),
            });
            if (BigInt(message.offset) + 1n >= end) left.delete(partition);
            if (left.size === 0) resolve();
          },
        })
        .catch(reject);
    });
  } finally {
    await consumer.disconnect();
    await withAdmin(kafka, (admin) => admin.deleteGroups([groupId])).catch(() => undefined);
  }
}

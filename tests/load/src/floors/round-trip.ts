// F6: produce acks=all → consume, nothing between. The generator produces; this consumes and says when each event came.
import type { KafkaMessage } from 'kafkajs';
import { kafkaOf } from '../workload/preload';

export interface Consuming {
  stop(): Promise<void>;
}

/** Shows every message of a topic, from its beginning on; B6 reads as its floor does. */
export const startConsuming = async (
  brokers: string,
  topic: string,
  group: string,
  show: (message: KafkaMessage) => void,
): Promise<Consuming> => {
  const consumer = kafkaOf(brokers).consumer({ groupId: group, maxWaitTimeInMs: 250 });
  await consumer.connect();
  await consumer.subscribe({ topics: [topic], fromBeginning: true });
  const joined = new Promise<void>((resolve) => {
    consumer.on(consumer.events.GROUP_JOIN, () => resolve());
  });
  await consumer.run({
    autoCommit: false,
    partitionsConsumedConcurrently: 3,
    eachBatch: async ({ batch }) => {
      for (const message of batch.messages) show(message);
    },
  });
  await joined;
  return { stop: () => consumer.disconnect() };
};

/** Says for every message of a topic when it was due, by that header. */
export const startRoundTrip = (
  brokers: string,
  topic: string,
  group: string,
  seen: (intendedAt: number) => void,
  header: string,
): Promise<Consuming> =>
  startConsuming(brokers, topic, group, ({ headers }) => seen(Number(headers?.[header]?.toString())));

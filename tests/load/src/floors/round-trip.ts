// F6: produce acks=all → consume, nothing between. The generator produces; this consumes and says when each event came.
import { kafkaOf } from '../workload/preload';

export interface Consuming {
  stop(): Promise<void>;
}

/** Consumes from where the topic ends now. */
export const startRoundTrip = async (
  brokers: string,
  topic: string,
  group: string,
  seen: (intendedAt: number) => void,
  header: string,
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
      for (const { headers } of batch.messages) seen(Number(headers?.[header]?.toString()));
    },
  });
  await joined;
  return { stop: () => consumer.disconnect() };
};

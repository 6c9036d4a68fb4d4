import { createAdmin, readTopic } from './admin';
import { createConsumer } from './consumer/consumer';
import { kafkaClient } from './kafka';
import { createProducer } from './produce/producer';
import type { Bus, BusOptions, Consumer } from './types';

/** The one connection of a process to Kafka. */
export function createBus(options: BusOptions): Bus {
  const kafka = kafkaClient(options);
  const producer = createProducer(kafka, options);
  const consumers: Consumer[] = [];
  return {
    producer,
    consume(consumeOptions) {
      const consumer = createConsumer(kafka, producer, options, consumeOptions);
      consumers.push(consumer);
      return consumer;
    },
    admin: createAdmin(kafka, options.topicPrefix),
    readTopic: (topic, onMessage) => readTopic(kafka, options.topicPrefix, topic, onMessage),
    async start() {
      producer.start();
    },
    notReady: () => [
      ...(producer.connected() ? [] : ['producer: not connected to Kafka']),
      ...consumers.flatMap((consumer) => consumer.notReady() ?? []),
    ],
    async stop() {
      await Promise.all(consumers.map((consumer) => consumer.stop()));
      await producer.stop();
    },
  };
}

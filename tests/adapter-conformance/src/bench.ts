import { randomUUID } from 'node:crypto';
import type { IncomingEvent } from '@throughline/bus';
import { createBus, decodeMessage, encodeEvent } from '@throughline/bus';
import { channelV1 } from '@throughline/proto';
import { noTelemetry } from '@throughline/telemetry';
import type { AdapterDriver, Answer, ExternalEvent, SendOrder, Surroundings } from './driver';
import { startKafkaProxy } from './kafka-proxy';

/** One record of the inbound topic, as everybody sees it. */
export interface Published {
  readonly key: string;
  readonly partition: number;
  readonly offset: number;
  readonly bytes: number;
  readonly attributes: IncomingEvent;
  readonly event: channelV1.InboundEvent;
}

/** Waits for a fact; the last failure says what was missing. */
export async function eventually<T>(fact: () => T | Promise<T>, ms = 30_000): Promise<T> {
  for (const end = Date.now() + ms; ; ) {
    try {
      return await fact();
    } catch (error) {
      if (Date.now() > end) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

const byPlace = (a: Published, b: Published): number => a.partition - b.partition || a.offset - b.offset;

/** The adapter on real Kafka and MongoDB, with a line to Kafka that can be cut, and an observer on a line of its own. */
export async function startBench(driver: AdapterDriver, brokers: readonly string[], mongoUrl: string) {
  const run = `kit-${driver.channel}-${randomUUID().slice(0, 8)}`;
  const proxy = await startKafkaProxy(brokers[0]!);
  const bus = createBus({ brokers: [...brokers], clientId: run, topicPrefix: `${run}.`, telemetry: noTelemetry() });
  await bus.start();
  const topics = ['channel.inbound.v1', 'channel.outbound.v1', `${driver.group}.dlq.v1`];
  // Under load a broker denies for a moment what it has just created.
  await eventually(() => bus.admin.ensureTopics(topics.map((name) => ({ name, partitions: 4 }))));
  const surroundings: Surroundings = {
    kafkaBrokers: [proxy.address],
    topicPrefix: `${run}.`,
    mongoUrl,
    mongoDb: run,
    tenantId: 'acme',
  };

  const published = async (): Promise<Published[]> => {
    const found: Published[] = [];
    await bus.readTopic('channel.inbound.v1', (message) => {
      const attributes = decodeMessage(message);
      found.push({
        key: message.key?.toString() ?? '',
        partition: message.partition,
        offset: Number(message.offset),
        bytes: message.value?.length ?? 0,
        attributes,
        event: channelV1.InboundEvent.decode(attributes.data),
      });
    });
    return found.sort(byPlace);
  };

  // Topics exist before their partitions have leaders.
  await eventually(published);

  return {
    run,
    driver,
    surroundings,
    line: proxy,
    published,
    /** Lets an event happen and gives the answer with the records that were on the topic by the time of the answer. */
    async inject(event: ExternalEvent): Promise<{ answer: Answer; events: Published[] }> {
      const before = new Set((await published()).map((one) => `${one.partition}/${one.offset}`));
      const answer = await driver.inject(event);
      const events = (await published()).filter((one) => !before.has(`${one.partition}/${one.offset}`));
      return { answer, events };
    },
    /** Puts the same request on the outbound topic `copies` times. */
    async order(order: SendOrder, copies = 1): Promise<void> {
      const { type, data } = driver.outbound(order);
      const value = encodeEvent({
        id: `acme/${order.conversationId}/${order.messageId}`,
        source: 'throughline/conversation',
        type,
        subject: order.conversationId,
        time: new Date(),
        tenantId: 'acme',
        recordedAt: new Date(),
        channel: driver.channel,
        data,
      });
      const record = { topic: 'channel.outbound.v1', key: `acme/${order.conversationId}`, value };
      await bus.producer.publish(Array.from({ length: copies }, () => record));
    },
    start: () => driver.start(surroundings),
    async stop(): Promise<void> {
      await driver.stop();
      await driver.dispose?.();
      await bus.stop();
      await proxy.stop();
    },
  };
}

export type Bench = Awaited<ReturnType<typeof startBench>>;

import { randomUUID } from 'node:crypto';
import { Kafka, logLevel } from 'kafkajs';
import { createTopics, topicCatalogue } from '../src/topics';

const brokers = process.env.KAFKA_BROKERS ?? '';

describe('topic catalogue', () => {
  it('lists every topic once, with 12 partitions kept for 14 days', () => {
    const names = topicCatalogue().map((topic) => topic.name);
    expect(new Set(names).size).toBe(names.length);
    expect(names).toEqual(expect.arrayContaining(['channel.inbound.v1', 'conversation.dlq.v1']));
    expect(topicCatalogue().every((topic) => topic.partitions === 12 && topic.retentionDays === 14)).toBe(true);
  });

  it('creates what is missing and leaves what is there', async () => {
    const prefix = `t${randomUUID().slice(0, 8)}.`;
    const only = ['channel.inbound.v1', 'journey.dlq.v1'];
    const made = await createTopics({ brokers, prefix, partitions: 2, only: only.slice(0, 1) });
    expect(made).toEqual([`${prefix}channel.inbound.v1`]);
    expect(await createTopics({ brokers, prefix, partitions: 2, only })).toEqual([`${prefix}journey.dlq.v1`]);
    const admin = new Kafka({ brokers: brokers.split(','), logLevel: logLevel.NOTHING }).admin();
    await admin.connect();
    const { topics } = await admin.fetchTopicMetadata({ topics: [`${prefix}channel.inbound.v1`] });
    expect(topics[0]?.partitions).toHaveLength(2);
    await admin.deleteTopics({ topics: only.map((name) => prefix + name) });
    await admin.disconnect();
  });
});

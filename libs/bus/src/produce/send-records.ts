import { transientError } from '@throughline/core';
import type { OutgoingRecord } from '../types';
import type { Cluster } from './cluster';
import { protocolError } from './cluster';
import { partitionOf } from './partitioner';
import { produceRequest } from './produce-request';
import type { BatchRecord } from './record-batch';
import { encodeRecordBatch } from './record-batch';

type Headers = BatchRecord['headers'];

// Events are CloudEvents in structured mode: this one header tells any reader so.
const contentType: Headers[number] = ['content-type', Buffer.from('application/cloudevents+protobuf')];
const eventHeaders: Headers = [contentType];

const headersOf = ({ headers, traceparent }: OutgoingRecord): Headers => {
  if (!headers) return traceparent ? [contentType, ['traceparent', traceparent]] : eventHeaders;
  const list: Headers = Object.entries(headers);
  return traceparent ? [...list, ['traceparent', traceparent]] : list;
};

interface PartitionRecords {
  topic: string;
  partition: number;
  leader: number;
  records: BatchRecord[];
  /** The same records as they were given. */
  given: OutgoingRecord[];
}

/** Records of one partition that are not in the log, and why. */
export interface Failure {
  error: Error;
  records: OutgoingRecord[];
}

/** Sorts records by partition, in their order. Fails when Kafka has not said yet who leads one of the partitions. */
function byPartition(cluster: Cluster, prefix: string, outgoing: OutgoingRecord[]): PartitionRecords[] {
  const topics = new Map<string, PartitionRecords[]>();
  for (const record of outgoing) {
    let partitions = topics.get(record.topic);
    if (!partitions) {
      const topic = prefix + record.topic;
      partitions = [];
      for (const { partitionId, leader } of cluster.findTopicPartitionMetadata(topic)) {
        partitions[partitionId] = { topic, partition: partitionId, leader, records: [], given: [] };
      }
      if (partitions.length === 0) throw transientError(`Kafka does not know topic ${topic}`);
      topics.set(record.topic, partitions);
    }
    const key = Buffer.from(record.key);
    const { records, given } = partitions[partitionOf(key, partitions.length)]!;
    records.push({ key, value: record.value, headers: headersOf(record) });
    given.push(record);
  }
  const used = [...topics.values()].flat().filter((partition) => partition.records.length > 0);
  const headless = used.find(({ leader }) => leader < 0);
  if (headless) throw transientError(`${headless.topic}/${headless.partition} has no leader`);
  return used;
}

function byLeader(partitions: PartitionRecords[]): Map<number, PartitionRecords[]> {
  const leaders = new Map<number, PartitionRecords[]>();
  for (const partition of partitions) {
    const others = leaders.get(partition.leader);
    if (others) others.push(partition);
    else leaders.set(partition.leader, [partition]);
  }
  return leaders;
}

export interface SendOptions {
  cluster: Cluster;
  prefix: string;
  /** How long the broker may wait for its replicas. */
  timeoutMs: number;
  /** The connection is new: what was known about leaders may be out of date. */
  renewed: boolean;
}

/**
 * Sends records to the leaders of their partitions and waits until every in-sync replica has them. Gives what the broker
 * did not take; throws when nothing could be sent.
 */
export async function sendRecords(options: SendOptions, records: OutgoingRecord[]): Promise<Failure[]> {
  const { cluster, prefix, timeoutMs, renewed } = options;
  await cluster.addMultipleTargetTopics([...new Set(records.map(({ topic }) => prefix + topic))]);
  if (renewed) await cluster.refreshMetadata();
  else await cluster.refreshMetadataIfNecessary();
  const now = Date.now();
  const send = async ([nodeId, partitions]: [number, PartitionRecords[]]): Promise<Failure[]> => {
    try {
      const broker = await cluster.findBroker({ nodeId: String(nodeId) });
      const batches = partitions.map(({ topic, partition, records }) => ({
        topic,
        partition,
        batch: encodeRecordBatch(records, now),
      }));
      const { answers } = await broker.connectionPool.send(produceRequest(batches, timeoutMs));
      const failed = answers.filter(({ errorCode }) => errorCode !== 0);
      return failed.flatMap(({ topic, partition, errorCode }) => {
        const mine = partitions.find((one) => one.topic === topic && one.partition === partition);
        return mine ? [{ error: protocolError(errorCode), records: mine.given }] : [];
      });
    } catch (error) {
      return partitions.map(({ given }) => ({ error: error as Error, records: given }));
    }
  };
  return (await Promise.all([...byLeader(byPartition(cluster, prefix, records))].map(send))).flat();
}

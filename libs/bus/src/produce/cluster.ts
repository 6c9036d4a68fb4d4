import type { Kafka } from 'kafkajs';
import type { PartitionAnswer, produceRequest } from './produce-request';

// The client keeps its cluster to itself; it is the part that knows leaders, connections, log-in and time-outs. The client
// is pinned and no longer changes, and every test on a real broker goes through here.
interface Broker {
  connectionPool: { send(request: ReturnType<typeof produceRequest>): Promise<{ answers: PartitionAnswer[] }> };
}

export interface Cluster {
  connect(): Promise<void>;
  disconnect(): Promise<void>;
  refreshMetadata(): Promise<void>;
  refreshMetadataIfNecessary(): Promise<void>;
  addMultipleTargetTopics(topics: string[]): Promise<void>;
  findTopicPartitionMetadata(topic: string): { partitionId: number; leader: number }[];
  findBroker(options: { nodeId: string }): Promise<Broker>;
}

/** A cluster handle with the settings of the client. */
export function clusterOf(kafka: Kafka): Cluster {
  const create = Object.getOwnPropertySymbols(kafka).find(({ description }) => description?.endsWith('createCluster'));
  if (!create) throw new Error('this version of kafkajs has no createCluster');
  const make = (kafka as unknown as Record<symbol, (options: object) => Cluster>)[create]!;
  return make.call(kafka, { metadataMaxAge: 300_000, allowAutoTopicCreation: false, maxInFlightRequests: 1 });
}

/** The client's error for a code of the protocol: it knows which are worth another try. */
export const protocolError: (code: number) => Error & { type: string; retriable: boolean } =
  require('kafkajs/src/protocol/error').createErrorFromCode;

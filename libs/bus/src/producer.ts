import { transientError } from '@throughline/core';
import type { Kafka, Producer as KafkaProducer, Message } from 'kafkajs';
import { backOff, isRefusedRecord } from './kafka';
import { partitioner } from './partitioner';
import type { BusOptions, OutgoingRecord, Producer, ProducerStats } from './types';

interface Waiting {
  records: OutgoingRecord[];
  bytes: number;
  deadline: number;
  resolve: () => void;
  reject: (error: Error) => void;
}

// The broker takes 1 MiB a batch; a request of this size stays below it even when all records meet in one partition.
const REQUEST_BYTES = 900_000;

const sizeOf = (record: OutgoingRecord) => record.value.length + record.key.length + 100;

/** Cuts what waits into requests by bytes: kafkajs sends whatever it is given in one piece. */
export function takeRequest(queue: Waiting[], limit = REQUEST_BYTES): Waiting[] {
  const taken: Waiting[] = [];
  let bytes = 0;
  while (queue.length > 0 && (taken.length === 0 || bytes + queue[0]!.bytes <= limit)) {
    bytes += queue[0]!.bytes;
    taken.push(queue.shift()!);
  }
  return taken;
}

/** Splits one call's records into pieces that each fit a request. */
export function cutByBytes(records: OutgoingRecord[], limit = REQUEST_BYTES): OutgoingRecord[][] {
  const pieces: OutgoingRecord[][] = [];
  let piece: OutgoingRecord[] = [];
  let bytes = 0;
  for (const record of records) {
    const size = sizeOf(record);
    if (piece.length > 0 && bytes + size > limit) {
      pieces.push(piece);
      piece = [];
      bytes = 0;
    }
    piece.push(record);
    bytes += size;
  }
  if (piece.length > 0) pieces.push(piece);
  return pieces;
}

function byTopic(waiting: Waiting[], prefix: string) {
  const topics = new Map<string, Message[]>();
  for (const { records } of waiting) {
    for (const record of records) {
      let messages = topics.get(record.topic);
      if (!messages) topics.set(record.topic, (messages = []));
      messages.push({
        key: record.key,
        value: record.value,
        headers: record.traceparent ? { ...record.headers, traceparent: record.traceparent } : record.headers,
      } as Message);
    }
  }
  return [...topics].map(([topic, messages]) => ({ topic: prefix + topic, messages }));
}

export interface RunningProducer extends Producer {
  start(): void;
  connected(): boolean;
  stop(): Promise<void>;
}

/**
 * Collects what is published meanwhile and keeps one request in flight, so order per key holds without the idempotent
 * producer (kafkajs' own can acknowledge what is not in the log). Repeats are possible; readers fence them by event id.
 */
export function createProducer(kafka: Kafka, options: BusOptions): RunningProducer {
  const queue: Waiting[] = [];
  const stats: ProducerStats = { requests: 0, records: 0, bytes: 0 };
  const { log, meter } = options.telemetry;
  const published = meter.createCounter('throughline.bus.events.published');
  const requests = meter.createCounter('throughline.bus.produce.requests');
  const batches = meter.createHistogram('throughline.bus.produce.batch_size');
  const client: KafkaProducer = kafka.producer({
    idempotent: false,
    maxInFlightRequests: 1,
    allowAutoTopicCreation: false,
    createPartitioner: partitioner,
  });
  let connected = false;
  let stopping = false;
  let loop: Promise<void> | undefined;
  client.on(client.events.DISCONNECT, () => {
    connected = false;
  });

  const sendOnce = async (waiting: Waiting[]) => {
    if (!connected) await client.connect();
    connected = true;
    await client.sendBatch({
      acks: -1,
      timeout: options.requestTimeoutMs ?? 10_000,
      topicMessages: byTopic(waiting, options.topicPrefix),
    });
    stats.requests++;
    requests.add(1);
    let sent = 0;
    for (const { records, bytes, resolve } of waiting) {
      sent += records.length;
      stats.bytes += bytes;
      resolve();
    }
    stats.records += sent;
    published.add(sent);
    batches.record(sent);
  };
  // The client does not always find its way back after a lost broker; a new connection does.
  const reconnect = async () => {
    connected = false;
    await client.disconnect().catch((error) => log.debug({ err: error }, 'disconnect'));
  };
  const send = async (waiting: Waiting[]): Promise<void> => {
    const retry = backOff(100, 2_000);
    for (let attempt = 1; ; attempt++) {
      try {
        return await sendOnce(waiting);
      } catch (error) {
        if (isRefusedRecord(error)) {
          // One caller's bad record must not take those of others along.
          if (waiting.length === 1) return waiting[0]!.reject(error as Error);
          for (const entry of waiting) await send([entry]);
          return;
        }
        const late = waiting.every((entry) => entry.deadline <= Date.now());
        if (late) {
          const failure = transientError(`not acknowledged by Kafka: ${(error as Error).message}`, error);
          for (const entry of waiting) entry.reject(failure);
          return;
        }
        log.warn({ err: error }, 'produce failed; trying again');
        if (attempt > 1) await reconnect();
        await retry.wait();
      }
    }
  };
  const drain = async () => {
    while (queue.length > 0) await send(takeRequest(queue));
  };
  const kick = () => {
    // One turn later, so that everything published in this turn travels together.
    loop ??= new Promise<void>((resolve) => setImmediate(resolve)).then(drain).finally(() => {
      loop = undefined;
      if (queue.length > 0) kick();
    });
  };
  const enqueue = (records: OutgoingRecord[]) =>
    new Promise<void>((resolve, reject) => {
      const bytes = records.reduce((sum, record) => sum + sizeOf(record), 0);
      queue.push({ records, bytes, deadline: Date.now() + (options.deliveryTimeoutMs ?? 30_000), resolve, reject });
      kick();
    });

  return {
    async publish(records) {
      if (records.length === 0) return;
      if (stopping) throw transientError('the bus is stopping');
      await Promise.all(cutByBytes(records).map(enqueue));
    },
    stats: () => ({ ...stats }),
    start() {
      client.connect().then(
        () => {
          connected = true;
        },
        (error) => log.warn({ err: error }, 'Kafka is not there yet'),
      );
    },
    connected: () => connected,
    async stop() {
      stopping = true;
      while (loop) await loop;
      await client.disconnect();
    },
  };
}

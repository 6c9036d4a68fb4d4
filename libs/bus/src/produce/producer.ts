import { cutBySize, transientError } from '@throughline/core';
import type { Kafka } from 'kafkajs';
import { backOff, isRefusedRecord } from '../kafka';
import type { BusOptions, OutgoingRecord, Producer, ProducerStats } from '../types';
import { clusterOf } from './cluster';
import type { Failure } from './send-records';
import { sendRecords } from './send-records';

interface Waiting {
  records: OutgoingRecord[];
  bytes: number;
  deadline: number;
  resolve: () => void;
  reject: (error: Error) => void;
}

// The broker takes 1 MiB a batch; a request of this size stays below it even when all records meet in one partition.
const REQUEST_BYTES = 900_000;
// How long a stop waits for a connection that is just being made.
const CONNECTING_MS = 2_000;

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
  const cluster = clusterOf(kafka);
  const timeoutMs = options.requestTimeoutMs ?? 10_000;
  let connected = false;
  let stopping = false;
  let loop: Promise<void> | undefined;
  let connecting: Promise<void> = Promise.resolve();

  const attempt = async (records: OutgoingRecord[]): Promise<Failure[]> => {
    try {
      const renewed = !connected;
      if (renewed) await cluster.connect();
      connected = true;
      return await sendRecords({ cluster, prefix: options.topicPrefix, timeoutMs, renewed }, records);
    } catch (error) {
      return [{ error: error as Error, records }];
    }
  };
  /** Resolves every caller whose records are all in the log; gives the others with what is left of theirs. */
  const settle = (waiting: Waiting[], failures: Failure[]): Waiting[] => {
    const missing = new Set(failures.flatMap(({ records }) => records));
    let sent = 0;
    for (const entry of waiting) {
      const left = missing.size === 0 ? [] : entry.records.filter((record) => missing.has(record));
      sent += entry.records.length - left.length;
      entry.records = left;
      if (left.length === 0) entry.resolve();
    }
    stats.requests++;
    stats.records += sent;
    requests.add(1);
    published.add(sent);
    batches.record(sent);
    return waiting.filter(({ records }) => records.length > 0);
  };
  // The client does not always find its way back after a lost broker or a new leader; a new connection does.
  const reconnect = async () => {
    connected = false;
    await cluster.disconnect().catch((error) => log.debug({ err: error }, 'disconnect'));
  };
  const send = async (waiting: Waiting[]): Promise<void> => {
    const retry = backOff(100, 2_000);
    for (let left = waiting; ; ) {
      const failures = await attempt(left.length === 1 ? left[0]!.records : left.flatMap(({ records }) => records));
      left = settle(left, failures);
      if (left.length === 0) return;
      const refusal = failures.find(({ error }) => isRefusedRecord(error));
      if (refusal) {
        // One caller's bad record must not take those of others along.
        if (left.length === 1) return left[0]!.reject(refusal.error);
        for (const entry of left) await send([entry]);
        return;
      }
      const { error } = failures[0]!;
      if (left.every((entry) => entry.deadline <= Date.now())) {
        const failure = transientError(`not acknowledged by Kafka: ${error.message}`, error);
        for (const entry of left) entry.reject(failure);
        return;
      }
      log.warn({ err: error }, 'produce failed; trying again');
      await reconnect();
      await retry.wait();
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
      stats.bytes += bytes;
      queue.push({ records, bytes, deadline: Date.now() + (options.deliveryTimeoutMs ?? 30_000), resolve, reject });
      kick();
    });

  return {
    async publish(records) {
      if (records.length === 0) return;
      if (stopping) throw transientError('the bus is stopping');
      await Promise.all(cutBySize(records, sizeOf, REQUEST_BYTES).map(enqueue));
    },
    stats: () => ({ ...stats }),
    start() {
      connecting = cluster.connect().then(
        () => {
          connected = true;
          // Stopped before Kafka was there: this connection would keep the process.
          if (stopping) void reconnect();
        },
        (error) => log.warn({ err: error }, 'Kafka is not there yet'),
      );
    },
    connected: () => connected,
    async stop() {
      stopping = true;
      while (loop) await loop;
      // A connection that is being made is not closed by `disconnect`.
      await Promise.race([connecting, new Promise((resolve) => setTimeout(resolve, CONNECTING_MS).unref())]);
      await cluster.disconnect();
    },
  };
}

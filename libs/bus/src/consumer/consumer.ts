import type { EachBatchPayload, Kafka, Consumer as KafkaConsumer } from 'kafkajs';
import { noCrash } from '../crash-point';
import { createParking } from '../dead-letters/parking';
import { backOff } from '../kafka';
import type { BusOptions, ConsumeOptions, Consumer, ConsumerStats, Producer, RawMessage } from '../types';
import { Stale } from './apply';
import type { Part } from './combine';
import { commonContext, createCombiner } from './combine';
import { processBatch } from './process-batch';

const toRaw = (
  topic: string,
  partition: number,
  message: EachBatchPayload['batch']['messages'][number],
): RawMessage => ({
  topic,
  partition,
  offset: message.offset,
  key: message.key,
  value: message.value,
  headers: message.headers ?? {},
  timestamp: Number(message.timestamp),
});

// Each waits in the combiner for its turn, so this many may hold a fetched batch in memory.
const PARTITIONS_AT_ONCE = 24;
/** Calls of `handle` at the same time, for different partitions: while one waits for its write, others are decided. */
const BATCHES_AT_ONCE = 3;

interface PartOfBatch extends Part {
  payload: EachBatchPayload;
  /** Offset to commit when the part is done. */
  next: string;
}

const lagOf = (lags: Map<string, number>) => [...lags.values()].reduce((sum, lag) => sum + lag, 0);

/** A supervised member of a consumer group: it comes back whatever Kafka does, until it is stopped. */
export function createConsumer(kafka: Kafka, producer: Producer, bus: BusOptions, options: ConsumeOptions): Consumer {
  const { log, meter } = bus.telemetry;
  const stats: ConsumerStats = { consumed: 0, batches: 0, dead: 0, parked: 0, lag: 0 };
  const lags = new Map<string, number>();
  const events = meter.createCounter('throughline.bus.events.consumed');
  const letters = meter.createCounter('throughline.bus.events.dead');
  const sizes = meter.createHistogram('throughline.bus.batch.size');
  meter
    .createObservableGauge('throughline.bus.lag')
    .addCallback((result) => result.observe(lagOf(lags), { group: options.group }));
  const duration = meter.createHistogram('throughline.bus.batch.duration', { unit: 'ms' });
  const age = meter.createHistogram('throughline.bus.delivery.age', {
    unit: 's',
    advice: { explicitBucketBoundaries: [0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300] },
  });
  const parking = createParking(options.deadLetters);
  const deps = {
    group: options.group,
    handle: options.handle,
    decode: options.decode,
    parking,
    producer,
    telemetry: bus.telemetry,
    maxEventBytes: options.maxEventBytes ?? 256 * 1024,
    crashPoint: bus.crashPoint ?? noCrash,
  };
  let current: KafkaConsumer | undefined;
  let state = 'connecting to Kafka';
  let stopping = false;
  let wake = () => {};
  // Keys may have been parked by the member that had these partitions before: nothing is handled until they are known.
  let parkedKnown: Promise<void> = Promise.resolve();
  const readParked = async () => {
    const retry = backOff(100, 2_000);
    while (!stopping) {
      try {
        return await parking.load();
      } catch (error) {
        log.warn({ err: error, group: options.group }, 'parked keys could not be read; trying again');
        await retry.wait();
      }
    }
  };

  const handleParts = async (parts: PartOfBatch[]) => {
    const started = performance.now();
    const messages = parts.length === 1 ? parts[0]!.messages : parts.flatMap((part) => part.messages);
    const outcome = await processBatch(deps, messages, commonContext(parts), parts.length);
    deps.crashPoint('before-commit');
    for (const { payload, messages } of parts) payload.resolveOffset(messages.at(-1)!.offset);
    await parts[0]!.payload.commitOffsetsIfNecessary({
      topics: [
        {
          topic: parts[0]!.payload.batch.topic,
          partitions: parts.map(({ payload, next }) => ({ partition: payload.batch.partition, offset: next })),
        },
      ],
    });
    deps.crashPoint('after-commit');
    const { topic } = parts[0]!;
    stats.consumed += messages.length;
    stats.batches++;
    stats.dead += outcome.dead;
    events.add(outcome.delivered, { group: options.group, topic });
    if (outcome.dead > 0) letters.add(outcome.dead, { group: options.group, topic });
    sizes.record(messages.length, { group: options.group });
    duration.record(performance.now() - started, { group: options.group });
    // The oldest of each partition stands for it: a batch is as late as what waited longest.
    const oldest = Math.min(...parts.map(({ messages }) => messages[0]!.timestamp));
    age.record(Math.max(0, Date.now() - oldest) / 1_000, { group: options.group, topic });
    for (const { payload, next } of parts) {
      const { partition, highWatermark } = payload.batch;
      lags.set(`${topic}/${partition}`, Number(BigInt(highWatermark) - BigInt(next)));
    }
  };
  const most = options.maxBatch ?? 2_000;
  const submit = createCombiner({ run: handleParts, most, atOnce: BATCHES_AT_ONCE });

  const eachBatch = async (payload: EachBatchPayload) => {
    const { batch } = payload;
    const topic = batch.topic.slice(bus.topicPrefix.length);
    const gone = () => stopping || !payload.isRunning() || payload.isStale();
    let lost: unknown;
    const heartbeat = async () => {
      try {
        await payload.heartbeat();
      } catch (error) {
        lost ??= error;
      }
    };
    const isStale = () => payload.isStale() || !payload.isRunning() || lost !== undefined;
    const timer = setInterval(heartbeat, options.heartbeatIntervalMs ?? 500);
    try {
      await parkedKnown;
      for (let i = 0; i < batch.messages.length; i += most) {
        if (gone() || lost) break;
        const messages = batch.messages.slice(i, i + most).map((message) => toRaw(topic, batch.partition, message));
        const next = (BigInt(messages.at(-1)!.offset) + 1n).toString();
        await submit({ topic, messages, context: { heartbeat, isStale }, payload, next });
      }
    } catch (error) {
      if (!(error instanceof Stale)) throw error;
    } finally {
      clearInterval(timer);
    }
    // Kafka's own answer to a heartbeat (rebalance, fenced) must reach the client, which then joins again.
    if (lost) throw lost;
  };

  const runOnce = async () => {
    const consumer = kafka.consumer({
      groupId: bus.topicPrefix + options.group,
      sessionTimeout: options.sessionTimeoutMs ?? 10_000,
      heartbeatInterval: options.heartbeatIntervalMs ?? 500,
      rebalanceTimeout: 30_000,
      allowAutoTopicCreation: false,
      minBytes: 1,
      maxBytes: 8 * 1024 * 1024,
      maxBytesPerPartition: 1024 * 1024,
      // The broker answers at once when there is something: a long wait costs nobody time, and an idle service less.
      maxWaitTimeInMs: 1_000,
      // Our supervisor restarts it: the client's own restart goes on after `stop`, as a member of the group that nobody owns.
      retry: { initialRetryTime: 100, maxRetryTime: 2_000, retries: 5, restartOnFailure: async () => false },
    });
    current = consumer;
    const ended = new Promise<void>((resolve) => {
      wake = resolve;
      consumer.on(consumer.events.CRASH, ({ payload }) => {
        log.warn({ err: payload.error, group: options.group, restart: payload.restart }, 'the consumer fell over');
        state = 'joining again';
        if (!payload.restart) resolve();
      });
    });
    consumer.on(consumer.events.GROUP_JOIN, () => {
      state = '';
      lags.clear();
      parkedKnown = readParked();
    });
    try {
      await consumer.connect();
      await consumer.subscribe({ topics: options.topics.map((topic) => bus.topicPrefix + topic), fromBeginning: true });
      await consumer.run({
        autoCommit: false,
        eachBatchAutoResolve: false,
        partitionsConsumedConcurrently: PARTITIONS_AT_ONCE,
        eachBatch,
      });
      await ended;
    } finally {
      await consumer.disconnect().catch((error) => log.debug({ err: error }, 'disconnect'));
    }
  };

  const supervise = async () => {
    const retry = backOff(200, 5_000);
    while (!stopping) {
      const started = Date.now();
      try {
        await runOnce();
      } catch (error) {
        state = `Kafka: ${(error as Error).message}`;
        log.warn({ err: error, group: options.group }, 'the consumer could not run; trying again');
      }
      if (Date.now() - started > 60_000) retry.reset();
      if (!stopping) await retry.wait();
    }
  };
  const supervised = supervise();

  return {
    group: options.group,
    notReady: () => (state === '' ? undefined : `${options.group}: ${state}`),
    stats: () => ({ ...stats, lag: lagOf(lags) }),
    async stop() {
      stopping = true;
      // Waits for the running batch, commits are done by then.
      await current?.stop().catch((error) => log.warn({ err: error }, 'stop'));
      wake();
      await supervised;
    },
  };
}

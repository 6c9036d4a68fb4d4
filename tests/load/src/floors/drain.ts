// F1: kafkajs → ts-proto decode → native insertMany, commit per batch. With OUT_TOPIC it is the first hop of F2: it produces the same bytes on.
import { cloudeventsV1 } from '@throughline/proto';
import { Kafka, logLevel } from 'kafkajs';
import { mongo } from 'mongoose';

const setting = (name: string): string => {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is missing`);
  return value;
};

const DUPLICATE = 11000;

/** Kafka delivers at least once: a row that is there already is no failure, or a batch that comes again would come for ever. */
const unlessThereAlready = (error: mongo.MongoBulkWriteError): void => {
  const writeErrors = [error.writeErrors ?? []].flat();
  if (writeErrors.length === 0 || writeErrors.some(({ code }) => code !== DUPLICATE)) throw error;
};

const main = async (): Promise<void> => {
  const kafka = new Kafka({
    brokers: setting('KAFKA_BROKERS').split(','),
    clientId: 'floor',
    logLevel: logLevel.NOTHING,
  });
  const client = await new mongo.MongoClient(setting('MONGO_URL')).connect();
  const rows = client.db(setting('MONGO_DB')).collection<{ _id: string } & Record<string, unknown>>('rows');
  const outTopic = process.env['OUT_TOPIC'];
  const producer = outTopic ? kafka.producer({ idempotent: false, maxInFlightRequests: 1 }) : undefined;
  await producer?.connect();
  const consumer = kafka.consumer({
    groupId: setting('GROUP'),
    maxBytesPerPartition: 1024 * 1024,
    maxWaitTimeInMs: 250,
  });
  await consumer.connect();
  await consumer.subscribe({ topics: [setting('TOPIC')], fromBeginning: true });
  // The client gives up silently: whoever waits for the rows must learn of it.
  consumer.on(consumer.events.CRASH, ({ payload }) => {
    console.error(payload.error);
    if (!payload.restart) process.exit(1);
  });
  await consumer.run({
    autoCommit: false,
    eachBatchAutoResolve: false,
    partitionsConsumedConcurrently: 3,
    eachBatch: async ({ batch, resolveOffset, commitOffsetsIfNecessary }) => {
      for (let from = 0; from < batch.messages.length; from += 2_000) {
        const messages = batch.messages.slice(from, from + 2_000);
        const documents = messages.map(({ value }) => {
          const event = cloudeventsV1.CloudEvent.decode(value!);
          const data = event.data?.$case === 'protoData' ? event.data.value.value : value!;
          return { _id: event.id, type: event.type, source: event.source, data: Buffer.from(data) };
        });
        await rows
          .insertMany(documents, { ordered: false, writeConcern: { w: 'majority', j: true } })
          .catch(unlessThereAlready);
        if (producer) {
          await producer.send({
            topic: outTopic!,
            acks: -1,
            messages: messages.map(({ key, value }) => ({ key, value: value! })),
          });
        }
        const offset = messages.at(-1)!.offset;
        resolveOffset(offset);
        await commitOffsetsIfNecessary({
          topics: [
            { topic: batch.topic, partitions: [{ partition: batch.partition, offset: String(BigInt(offset) + 1n) }] },
          ],
        });
      }
    },
  });
  process.on('SIGTERM', () => void consumer.disconnect().then(() => process.exit(0)));
};

main().catch((error) => {
  console.error(error);
  process.exit(1);
});

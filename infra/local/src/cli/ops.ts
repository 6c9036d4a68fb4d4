// `npm run ops -- tail <topic>` and `npm run ops -- dlq list|replay <group>`: look at events and mend what died.
import type { Bus, RawMessage } from '@throughline/bus';
import { createBus, replayDeadLetters } from '@throughline/bus';
import { connectStore, parkedKeys } from '@throughline/store';
import { noTelemetry } from '@throughline/telemetry';
import { LocalError, runCli } from '../local-error';
import { deadLetterViewer, eventViewer } from '../ops/view-event';
import { ports } from '../ports';
import { waitFor } from '../processes';
import { catalogueGroups, deadLetterTopic, topicCatalogue } from '../topics';

const usage = `npm run ops -- tail <topic> [--once]     events of a topic as JSON lines, then those that arrive
npm run ops -- dlq list <group>          dead letters of a consumer group
npm run ops -- dlq replay <group> [key]  sends the dead letters of parked keys again, in order
Topics: ${topicCatalogue()
  .map(({ name }) => name)
  .join(' ')}`;

const telemetry = noTelemetry();
const brokers = (process.env.KAFKA_BROKERS ?? `127.0.0.1:${ports.kafka}`).split(',');
const url = process.env.MONGO_URL ?? `mongodb://127.0.0.1:${ports.mongo}/?replicaSet=rs0`;
const topicPrefix = process.env.KAFKA_TOPIC_PREFIX ?? '';

const withBus = async <T>(work: (bus: Bus) => Promise<T>): Promise<T> => {
  const bus = createBus({ brokers, clientId: 'throughline-ops', topicPrefix, telemetry });
  await bus.start();
  try {
    if (!(await waitFor(async () => bus.notReady().length === 0, 10_000)))
      throw new LocalError(`Kafka does not answer at ${brokers}: run npm start first, or set KAFKA_BROKERS.`);
    return await work(bus);
  } finally {
    await bus.stop();
  }
};

const known = (topic: string): string => {
  if (topicCatalogue().some(({ name }) => name === topic)) return topic;
  throw new LocalError(`No topic "${topic}" in infra/kafka/topics.yaml.\n${usage}`);
};

const knownGroup = (group = ''): string => {
  if (catalogueGroups().includes(group)) return group;
  throw new LocalError(`No group "${group}": it is one of ${catalogueGroups().join(', ')}.`);
};

/** Prints what a topic holds; with `follow` goes on with what arrives. */
const print = async (topic: string, view: (message: RawMessage) => object, follow: boolean): Promise<void> => {
  let stopped = !follow;
  process.once('SIGINT', () => {
    stopped = true;
  });
  const seen = new Map<number, bigint>();
  await withBus(async (bus) => {
    do {
      await bus.readTopic(topic, (message) => {
        const offset = BigInt(message.offset);
        if (offset <= (seen.get(message.partition) ?? -1n)) return;
        seen.set(message.partition, offset);
        process.stdout.write(`${JSON.stringify(view(message))}\n`);
      });
      if (!stopped) await waitFor(async () => stopped, 1000);
    } while (!stopped);
  });
};

const replay = async (group: string, keys: string[]): Promise<void> => {
  const store = connectStore({ url, db: group, telemetry });
  await store.start();
  try {
    await waitFor(
      () =>
        store.ping().then(
          () => true,
          () => false,
        ),
      10_000,
    );
    const options = { group, parkedKeys: parkedKeys(store, group), ...(keys.length > 0 ? { keys } : {}) };
    const result = await withBus((bus) => replayDeadLetters({ bus, ...options }));
    console.log(`${result.replayed} replayed, ${result.unparked} keys free again, ${result.stillParked} still parked`);
  } finally {
    await store.stop();
  }
};

runCli(async () => {
  const [command, ...rest] = process.argv.slice(2);
  const [first = '', group, ...keys] = rest;
  if (command === 'tail') await print(known(first), eventViewer(), !rest.includes('--once'));
  else if (command === 'dlq' && first === 'list')
    await print(deadLetterTopic(knownGroup(group)), deadLetterViewer(), false);
  else if (command === 'dlq' && first === 'replay') await replay(knownGroup(group), keys);
  else throw new LocalError(usage);
  return 0;
});

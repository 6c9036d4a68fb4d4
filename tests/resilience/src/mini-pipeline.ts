import { createBus, decodeMessage, encodeEvent } from '@throughline/bus';
import { noTelemetry } from '@throughline/telemetry';
import { mongo } from 'mongoose';
import type { Seen } from './history';

/** What can be wrong with a pipeline, one at a time. `none` is the way the services work. */
export type Mutation = 'none' | 'no-republish' | 'no-fence' | 'commit-first' | 'no-dedupe';

interface State {
  _id: string;
  seen: number;
  outbox: number[];
}

const event = (key: string, number: number): Buffer =>
  encodeEvent({
    id: `${key}/${number}`,
    source: 'mini',
    type: 'mini.v1.Fact',
    subject: key,
    time: new Date(number),
    recordedAt: new Date(number),
    tenantId: 'mini',
    data: new Uint8Array(),
  });

/**
 * Two hops in small, on the real broker and database: a counter per key with its fence and outbox in one document, and a timeline behind it.
 * It dies once between the write and the publish, is read again from its last offset, and everything is sent twice. A checker that finds
 * nothing wrong with a mutated one would find nothing wrong with the services either.
 */
export const runMini = async (infra: { kafkaBrokers: string; mongoUrl: string }, mutation: Mutation) => {
  const run = `mp${process.pid.toString(36)}${Date.now().toString(36)}`;
  const bus = createBus({
    brokers: infra.kafkaBrokers.split(','),
    clientId: run,
    topicPrefix: `${run}.`,
    telemetry: noTelemetry(),
  });
  const client = await new mongo.MongoClient(infra.mongoUrl).connect();
  const db = client.db(run);
  const states = db.collection<State>('states');
  const line = db.collection<{ key: string; number: number }>('timeline');
  const sent = new Map<string, number[]>();
  await bus.start();
  await bus.admin.ensureTopics(['in', 'out'].map((name) => ({ name, partitions: 1 })));
  const records = [];
  for (let number = 1; number <= 20; number++) {
    for (const key of ['a', 'b', 'c']) {
      sent.set(key, [...(sent.get(key) ?? []), number]);
      records.push({ topic: 'in', key, value: event(key, number) });
    }
  }
  await bus.producer.publish([...records, ...records]);
  const read = async (topic: string) => {
    const found: { key: string; number: number }[] = [];
    await bus.readTopic(topic, (message) => {
      const { id } = decodeMessage(message);
      found.push({ key: id.slice(0, id.indexOf('/')), number: Number(id.slice(id.indexOf('/') + 1)) });
    });
    return found;
  };
  const arrivals = await read('in');

  let committed = 0;
  let died = false;
  // One life of the first hop: batches of ten, dying once between the write and the publish.
  const live = async (): Promise<boolean> => {
    for (let from = committed; from < arrivals.length; from += 10) {
      const batch = arrivals.slice(from, from + 10);
      if (mutation === 'commit-first') {
        committed = from + batch.length;
        if (!died && from >= 20) {
          died = true;
          return false;
        }
      }
      for (const { key, number } of batch) {
        const state = (await states.findOne({ _id: key })) ?? { _id: key, seen: 0, outbox: [] };
        if (number <= state.seen && mutation !== 'no-fence') continue;
        const outbox = [...state.outbox, number];
        await states.replaceOne({ _id: key }, { seen: Math.max(number, state.seen), outbox }, { upsert: true });
      }
      if (!died && from >= 20) {
        died = true;
        return false;
      }
      if (mutation === 'no-republish' && died && from === committed)
        await states.updateMany({}, { $set: { outbox: [] } });
      for (const state of await states.find().toArray()) {
        await bus.producer.publish(
          state.outbox.map((number) => ({ topic: 'out', key: state._id, value: event(state._id, number) })),
        );
        await states.updateOne({ _id: state._id }, { $set: { outbox: [] } });
      }
      committed = from + batch.length;
    }
    return true;
  };
  while (!(await live()));

  for (const fact of await read('out')) {
    const known = await line.findOne(fact);
    if (!known || mutation === 'no-dedupe' || mutation === 'no-fence') await line.insertOne({ ...fact });
  }
  if (mutation === 'no-dedupe') for (const fact of await read('out')) await line.insertOne({ ...fact });
  const seen: Seen[] = (await line.find().sort({ _id: 1 }).toArray()).map(({ key, number }) => ({ key, number }));
  await bus.stop();
  await db.dropDatabase();
  await client.close();
  return { sent, seen };
};

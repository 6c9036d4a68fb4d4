import { mongo } from 'mongoose';
import {
  CONVERSATIONS,
  INBOUND,
  openAdmin,
  startConversation,
  startJourney,
  stopAll,
  topicsOf,
  waitReady,
} from '../src/cases/parts';
import type { Child, ServiceChild } from '../src/measure/children';
import { pause } from '../src/measure/children';
import type { Bench } from '../src/measure/context';
import { openBench } from '../src/measure/context';
import type { MongoCounter } from '../src/measure/mongo-counter';
import { startMongoCounter } from '../src/measure/mongo-counter';
import { channelMix } from '../src/workload/channel-mix';
import { createTopics, deleteTopics, preload } from '../src/workload/preload';

// The deterministic counts of the hot path: no clock, so they hold on any machine. Both services run as they ship, each over a whole topic, so
// that batches are as full as they get; what they say to mongod is counted on the wire.
const EVENTS = 24_000;
const ATSTART = /^(createIndexes|listIndexes)|migrations$/;

let bench: Bench;
let counter: MongoCounter;
let run: string;
const children: Child[] = [];

type Counts = Map<string, number>;

const metric = async (child: ServiceChild, pattern: RegExp): Promise<number> => {
  const text = await (await fetch(`http://127.0.0.1:${child.opsPort}/metrics`)).text();
  return text.split('\n').reduce((sum, line) => sum + (pattern.test(line) ? Number(line.split(' ').at(-1)) : 0), 0);
};
const requests = (child: ServiceChild) => metric(child, /^throughline_bus_produce_requests_total/);
const batches = (child: ServiceChild) => metric(child, /^throughline_bus_batch_size_count/);

const drained = async (group: string, topic: string): Promise<Counts> => {
  while ((await openAdmin(bench, `${run}.`).lag(group, [topic])) > 0) await pause(100);
  return new Map([...counter.take()].filter(([command]) => !ATSTART.test(command)));
};
const sum = (counts: Counts, pattern = /./) =>
  [...counts].reduce((total, [command, count]) => total + (pattern.test(command) ? count : 0), 0);
const per1000 = (count: number) => (count / EVENTS) * 1_000;

beforeAll(async () => {
  bench = await openBench({ kafkaBrokers: process.env['KAFKA_BROKERS']!, mongoUrl: process.env['MONGO_URL']! });
  counter = await startMongoCounter(bench.mongoUrl);
  run = bench.fresh();
  await createTopics(bench.brokers, topicsOf(`${run}.`));
  await preload(bench.brokers, `${run}.${INBOUND}`, channelMix(EVENTS));
}, 60_000);

afterAll(async () => {
  await stopAll(children);
  await counter.stop();
  for (const part of ['c', 'j', 't']) await bench.client.db(run + part).dropDatabase();
  await deleteTopics(bench.brokers, topicsOf(`${run}.`));
  await bench.client.close();
}, 60_000);

test('the counter sees commands and transactions', async () => {
  const client = await new mongo.MongoClient(counter.url).connect();
  const rows = client.db(`${run}t`).collection('rows');
  await rows.insertOne({ a: 1 });
  await client.withSession((session) =>
    session.withTransaction(async () => {
      await rows.updateOne({ a: 1 }, { $set: { b: 1 } }, { session });
      await rows.findOne({ a: 1 }, { session });
    }),
  );
  await client.close();
  expect(Object.fromEntries(counter.take())).toEqual({
    'insert rows': 1,
    'update rows': 1,
    'find rows': 1,
    commitTransaction: 1,
  });
});

test('the way from a channel event to the timeline costs few commands and few requests, and no transaction', async () => {
  const behind = { ...bench, mongoUrl: counter.url };
  const conversation = await startConversation(behind, `${run}.`, `${run}c`);
  children.push(conversation);
  await waitReady(conversation);
  const first = await drained('conversation', INBOUND);
  const journey = await startJourney(behind, `${run}.`, `${run}j`);
  children.push(journey);
  await waitReady(journey);
  const second = await drained('journey', CONVERSATIONS);

  // Both did the work, or the counts below would say nothing.
  expect(sum(first, /^insert entries$/)).toBeGreaterThan(0);
  expect(await bench.client.db(`${run}j`).collection('timeline').countDocuments()).toBeGreaterThanOrEqual(EVENTS);

  expect(per1000(sum(first) + sum(second))).toBeLessThanOrEqual(12);
  const produced = (await requests(conversation)) + (await requests(journey));
  expect(produced).toBeGreaterThan(0);
  expect(per1000(produced)).toBeLessThanOrEqual(8);
  for (const counts of [first, second]) expect(sum(counts, /Transaction/)).toBe(0);

  // Nobody looks before writing: the timeline's key says what is there already, and a batch of the conversation service reads once, for its state.
  expect(sum(second, /^(find|aggregate|getMore|count) timeline$/)).toBe(0);
  const before = await batches(conversation);
  expect(sum(first, /^(find|aggregate|getMore) entries$/)).toBeLessThanOrEqual(before);

  // Everything once more: it costs no more than the first time, and nothing is written again.
  await preload(bench.brokers, `${run}.${INBOUND}`, channelMix(EVENTS), EVENTS);
  const again = await drained('conversation', INBOUND);
  expect(sum(again, /^(insert|update) entries$/)).toBe(0);
  expect(sum(again, /^(find|aggregate|getMore) entries$/)).toBeLessThanOrEqual((await batches(conversation)) - before);
  expect(sum(again)).toBeLessThanOrEqual(sum(first));
}, 120_000);

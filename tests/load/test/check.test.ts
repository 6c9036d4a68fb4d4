import { journeyV1 } from '@throughline/proto';
import { mongo } from 'mongoose';
import { checkTimeline } from '../src/measure/check';
import { checkMarkers } from '../src/measure/markers';
import { interleave, percentile, ratioOf } from '../src/measure/pairs';
import { channelMix } from '../src/workload/channel-mix';

const client = new mongo.MongoClient(process.env['MONGO_URL']!);
const db = client.db(`load-check-${process.pid}-${Date.now()}`);
beforeAll(() => client.connect().then(() => undefined));
afterAll(async () => {
  await db.dropDatabase();
  await client.close();
});

let collections = 0;
const timelineOf = async (ids: string[]) => {
  const rows = db.collection(`rows${collections++}`);
  const documents = ids.map((eventId, n) => ({
    _id: n as never,
    e: Buffer.from(journeyV1.TimelineEntry.encode(journeyV1.TimelineEntry.fromPartial({ eventId })).finish()),
  }));
  await rows.insertMany(documents);
  return rows;
};
const highest = new Map([
  ['a', 3],
  ['b', 1],
]);
const fine = { missing: 0, doubled: 0, reordered: 0, unknown: 0 };

test.each([
  ['a whole timeline is clean', ['a/1', 'b/1', 'a/2', 'a/3'], fine],
  ['a lost event', ['a/1', 'a/3', 'b/1'], { ...fine, missing: 1 }],
  ['a lost aggregate', ['a/1', 'a/2', 'a/3'], { ...fine, missing: 1 }],
  ['a doubled event', ['a/1', 'a/2', 'a/2', 'a/3', 'b/1'], { ...fine, doubled: 1 }],
  ['two events that changed places', ['a/2', 'a/1', 'a/3', 'b/1'], { ...fine, reordered: 1 }],
  ['an event of nobody', ['a/1', 'a/2', 'a/3', 'b/1', 'c/1'], { ...fine, unknown: 1 }],
])('the checker sees %s', async (_, ids, verdict) => {
  expect(await checkTimeline(await timelineOf(ids), highest)).toEqual(verdict);
});

test('an empty timeline lacks every message and every step that was sent', async () => {
  expect(await checkMarkers(db.collection('nothing'), channelMix(500))).toEqual({ ...fine, missing: 500 });
});

test('pairs alternate who goes first, and the warm-up does not count', async () => {
  const order: string[] = [];
  const side = (name: string) => async () => order.push(name);
  const pairs = await interleave({ pairs: 2 }, side('ours'), side('floor'));
  expect(order).toEqual(['ours', 'floor', 'floor', 'ours', 'ours', 'floor']);
  expect(pairs).toHaveLength(2);
  expect(ratioOf([1, 2, 4].map((ours) => ({ ours, floor: 2 })))).toEqual({ median: 1, low: 0.5, high: 2, pairs: 3 });
  expect(percentile([5, 1, 4, 2, 3], 50)).toBe(3);
  expect(percentile([5, 1, 4, 2, 3], 99)).toBe(5);
});

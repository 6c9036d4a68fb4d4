import { encodeEvent } from '@throughline/bus';
import { mongo } from 'mongoose';
import { baseOf } from '../src/domain/contact';
import { createRowBuilder } from '../src/inbound/events/build-row';
import { createPoints } from '../src/inbound/events/points';
import { createRenderings } from '../src/inbound/events/render/render';
import { decodeSpans } from '../src/inbound/events/span-event';
import { createTimeline } from '../src/outbound/timeline';
import type { RowBlock } from '../src/use-cases/ports';
import type { TimelineQuery } from '../src/use-cases/read-timeline';
import { readTimeline } from '../src/use-cases/read-timeline';
import { readEntry } from '../src/wire/entry';
import { messageReceived } from './support/events';

const url = process.env['MONGO_URL'] ?? 'mongodb://127.0.0.1:17117/?replicaSet=rs0';
const client = new mongo.MongoClient(url);
const db = client.db(`jr-reads-${process.pid}-${Date.now()}`);
const SEARCH = 1_000;
const timeline = createTimeline(db, SEARCH);
const build = createRowBuilder();
const points = createPoints(100);
const renderings = createRenderings();

const write = (rows: RowBlock, point: string, i: number) => {
  const spans = decodeSpans({
    value: encodeEvent(messageReceived({ contactPoint: point, conversation: `${point}-c`, seq: i + 1, minute: i })),
    headers: {},
  });
  build(rows, spans, points.of(spans)!, renderings.of(spans.raw, spans.typeStart, spans.typeEnd)!);
};
const file = async (point: string, count: number) => {
  for (let i = 0; i < count; i += 2_000) {
    const rows = timeline.block();
    for (let n = i; n < Math.min(i + 2_000, count); n++) write(rows, point, n);
    await timeline.insert(rows);
  }
};
const filter = { channels: [], kinds: [], issueId: '', conversationId: '' };
const read = (point: string, given: Partial<TimelineQuery> = {}) =>
  readTimeline(timeline, [baseOf('acme', point)], {
    tenantId: 'acme',
    customerId: point,
    pageSize: 20,
    pageToken: '',
    oldestFirst: false,
    filter,
    ...given,
  });

/** What the reads since the last look cost the database. */
const costs = async () => {
  const found = await db
    .collection('system.profile')
    .find({ ns: `${db.databaseName}.timeline`, op: { $in: ['query', 'getmore'] } })
    .toArray();
  await db.command({ profile: 0 });
  await db.collection('system.profile').drop();
  await db.command({ profile: 2 });
  return found.map(({ keysExamined, docsExamined, hasSortStage }) => ({
    keys: keysExamined as number,
    docs: docsExamined as number,
    sorts: hasSortStage === true,
  }));
};

const [large, small] = ['email:large@example.org', 'email:small@example.org'];
beforeAll(async () => {
  await client.connect();
  await file(large, 10_000);
  await file(small, 10);
  await db.command({ profile: 2 });
});
afterAll(async () => {
  await db.command({ profile: 0 });
  await db.dropDatabase();
  await client.close();
});

test('a page of twenty reads its rows and one more, first or ninety per cent deep, and sorts nothing', async () => {
  await costs();
  await read(large);
  await read(large, { until: new Date(messageReceived({ minute: 1_000 }).time) });
  const found = await costs();
  expect(found).toHaveLength(2);
  // Each below 24. Together they cannot be: a plain collection examines a key for every document (ADR 3).
  for (const cost of found) expect(cost).toEqual({ keys: 21, docs: 21, sorts: false });
  await read(small);
  expect(await costs()).toEqual([{ keys: 10, docs: 10, sorts: false }]);
});

test('a filter that matches nothing looks at a bounded number of rows a page, and ends', async () => {
  const nothing = { ...filter, channels: ['voice'] };
  await costs();
  let pageToken = '';
  let pages = 0;
  do {
    const page = await read(large, { filter: nothing, pageToken });
    const cost = (await costs()).reduce((sum, { docs }) => sum + docs, 0);
    expect(cost).toBeLessThanOrEqual(SEARCH);
    expect(page.rows).toEqual([]);
    pageToken = page.next;
    pages++;
  } while (pageToken !== '');
  expect(pages).toBe(10_000 / SEARCH + 1);
});

test('rows filed twice are one, whoever files them', async () => {
  const from = (first: number) => {
    const rows = timeline.block();
    for (let i = first; i < 50; i++) write(rows, small, i);
    return rows;
  };
  await Promise.all([timeline.insert(from(0)), timeline.insert(from(10))]);
  const page = await read(small, { pageSize: 200 });
  expect(page.rows).toHaveLength(50);
});

test('a batch larger than one command holds is filed whole', async () => {
  const point = 'email:heavy@example.org';
  const rows = timeline.block();
  for (let i = 0; i < 120; i++) {
    const heavy = messageReceived({
      contactPoint: point,
      conversation: 'heavy',
      seq: i + 1,
      minute: i,
      text: 'x'.repeat(250_000),
    });
    const spans = decodeSpans({ value: encodeEvent(heavy), headers: {} });
    build(rows, spans, points.of(spans)!, renderings.of(spans.raw, spans.typeStart, spans.typeEnd)!);
  }
  await timeline.insert(rows);
  const page = await read(point, { pageSize: 10 });
  const numbers = page.rows.map((row) => Number(readEntry(row.e).eventId.split('/').at(-1)));
  expect(numbers).toEqual(Array.from({ length: 10 }, (_, i) => 120 - i));
  // 30 MB, more than one answer of the server holds.
  expect((await read(point, { pageSize: 200 })).rows).toHaveLength(120);
});

test('a read whose connection breaks is asked once more', async () => {
  const broken = createTimeline(db, SEARCH);
  const command = jest.spyOn(db, 'command').mockRejectedValueOnce(new mongo.MongoNetworkError('connection closed'));
  const query = { tenantId: 'acme', customerId: large, pageSize: 20, pageToken: '', oldestFirst: false, filter };
  expect((await readTimeline(broken, [baseOf('acme', large)], query)).rows).toHaveLength(20);
  expect(command).toHaveBeenCalledTimes(1);
  command.mockRestore();
});

test('an error that is not a duplicate is told', async () => {
  const rows = timeline.block();
  rows.open(17_000_000);
  rows.close(rows.entryAt + 17_000_000);
  await expect(timeline.insert(rows)).rejects.toThrow();
});

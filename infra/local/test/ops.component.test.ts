import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Delivery, OutgoingEvent } from '@throughline/bus';
import { createBus, encodeEvent } from '@throughline/bus';
import { connectStore, extendChain, parkedKeys } from '@throughline/store';
import { noTelemetry } from '@throughline/telemetry';
import { mongo } from 'mongoose';
import { verifyAudit } from '../src/ops/audit';
import { backup, compare, drill, readManifest, restore } from '../src/ops/backup';
import type { Place } from '../src/ops/connect';
import { discardLetters, readLetters, readParked, replayLetters, showLetter } from '../src/ops/dead-letters';
import { readLag } from '../src/ops/lag';
import { readLeases } from '../src/ops/leases';
import { readOutboxes } from '../src/ops/outbox';
import { rebuildTimeline } from '../src/ops/rebuild-timeline';
import { rewind } from '../src/ops/rewind';

const run = `ops${process.pid.toString(36)}${Date.now().toString(36)}`;
const place: Place = {
  brokers: process.env['KAFKA_BROKERS']!.split(','),
  mongoUrl: process.env['MONGO_URL']!,
  topicPrefix: `${run}.`,
  databasePrefix: `${run}-`,
};
const telemetry = noTelemetry();
const bus = createBus({ brokers: place.brokers, clientId: run, topicPrefix: place.topicPrefix, telemetry });
const client = new mongo.MongoClient(place.mongoUrl);
const db = (service: string) => client.db(`${place.databasePrefix}${service}`);
const folder = mkdtempSync(join(tmpdir(), 'throughline-ops-'));
const topic = 'conversation.conversations.v1';

beforeAll(async () => {
  await client.connect();
  await bus.start();
  const names = [topic, 'channel.inbound.v1', 'sla.dlq.v1', 'journey.dlq.v1'];
  await bus.admin.ensureTopics(names.map((name) => ({ name, partitions: 1 })));
});
afterAll(async () => {
  await bus.stop();
  const { databases } = await client.db('admin').admin().listDatabases({ nameOnly: true });
  for (const { name } of databases) if (name.startsWith(place.databasePrefix)) await client.db(name).dropDatabase();
  await client.close();
  rmSync(folder, { recursive: true, force: true });
});

const event = (key: string, seq: number): OutgoingEvent => ({
  id: `${key}/${seq}`,
  source: '/test',
  type: 'throughline.channel.v1.ThreadClosed',
  subject: key,
  time: new Date(1_800_000_000_000 + seq),
  tenantId: 'acme',
  recordedAt: new Date(),
  data: Buffer.alloc(0),
});
const publish = (key: string, seq: number) =>
  bus.producer.publish([{ topic, key, value: encodeEvent(event(key, seq)) }]);
const until = async (fact: () => boolean | Promise<boolean>) => {
  for (const end = Date.now() + 30_000; !(await fact()); ) {
    if (Date.now() > end) throw new Error('not observed in time');
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
};

test('dead letters are listed, shown decoded, replayed in order, and given up with a reason', async () => {
  const store = connectStore({ url: place.mongoUrl, db: `${place.databasePrefix}sla`, telemetry });
  await store.start();
  const seen: string[] = [];
  let broken = new Set(['a/2', 'b/1']);
  const handle = async (deliveries: Delivery[]) => {
    for (const { event: got } of deliveries) {
      if (broken.has(got.id)) throw new Error('a bug');
      if (!seen.includes(got.id)) seen.push(got.id);
    }
  };
  const consumer = bus.consume({ group: 'sla', topics: [topic], handle, deadLetters: parkedKeys(store, 'sla') });
  try {
    for (const [key, seq] of [
      ['a', 1],
      ['a', 2],
      ['b', 1],
      ['c', 1],
    ] as const)
      await publish(key, seq);
    // Bytes that are no event at all, behind which a good one waits.
    await bus.producer.publish([{ topic, key: 'd', value: Buffer.from('not an event') }]);
    await publish('a', 3);
    await publish('d', 2);
    await until(
      async () => (await readParked(place, 'sla')).length === 3 && (await readLetters(place, 'sla')).length >= 5,
    );
    expect(seen.filter((id) => id.startsWith('c'))).toEqual(['c/1']);
    const letters = (await readLetters(place, 'sla')) as {
      partition: number;
      offset: string;
      id?: string;
      undecodable?: string;
      headers: Record<string, string>;
    }[];
    const failed = letters.find(({ id }) => id === 'a/2')!;
    expect(failed.headers['dlq-reason']).toBe('HANDLER_FAILED');
    expect(await showLetter(place, 'sla', failed.partition, failed.offset)).toMatchObject({
      id: 'a/2',
      tenantId: 'acme',
    });
    expect(await showLetter(place, 'sla', 0, '999999')).toBeUndefined();

    // The bug is mended for a: its letters go in their first order.
    broken = new Set(['b/1']);
    const replayed = await replayLetters(place, 'sla', ['a']);
    expect(replayed).toMatchObject({ unparked: 1, leftOut: [] });
    expect(seen.filter((id) => id.startsWith('a'))).toEqual(['a/1', 'a/2', 'a/3']);

    // What can never be read is left out, and its key goes on with what came behind.
    const mended = await replayLetters(place, 'sla', ['d']);
    expect(mended.leftOut).toMatchObject([{ key: 'd' }]);
    expect(mended.unparked).toBe(1);
    expect(seen).toContain('d/2');

    // b is given up: nothing of it is sent, its key is free, and it is written down who gave it up and why.
    const given = await discardLetters(place, 'sla', 'b', { reason: 'test data of 2026-11', by: 'ann' });
    expect(given).toMatchObject({ replayed: 0, unparked: 1, leftOut: [{ key: 'b', reason: 'HANDLER_FAILED' }] });
    expect(await readParked(place, 'sla')).toEqual([]);
    const kept = await db('sla').collection('discarded_letters').find().toArray();
    expect(kept).toMatchObject([{ group: 'sla', key: 'b', reason: 'test data of 2026-11', by: 'ann' }]);
    broken = new Set();
    await publish('b', 2);
    await until(() => seen.includes('b/2'));
    expect(seen).not.toContain('b/1');

    const lag = await readLag(place, ['sla']);
    expect(lag).toMatchObject([{ group: 'sla', topic, members: 1 }]);
  } finally {
    await consumer.stop();
  }
  await publish('late', 1);
  await publish('late', 2);
  await until(async () => (await readLag(place, ['sla']))[0]?.members === 0);
  expect((await readLag(place, ['sla']))[0]).toMatchObject({ lag: 2 });
  await store.stop();
}, 120_000);

test('outboxes tell their oldest event, leases their holders by the clock of the server', async () => {
  const dockets = db('sla').collection<{ _id: string; unpublishedSince?: Date }>('dockets');
  await dockets.createIndex({ unpublishedSince: 1 }, { sparse: true });
  await dockets.insertMany([{ _id: 'x' }, { _id: 'y', unpublishedSince: new Date(Date.now() - 90_000) }]);
  const [outbox] = await readOutboxes(place);
  expect(outbox).toMatchObject({ collection: 'dockets', waiting: 1 });
  expect(outbox!.oldestSeconds).toBeGreaterThan(89);

  await db('sla')
    .collection<mongo.Document & { _id: string }>('timer_leases')
    .insertMany([
      { _id: 'shard:0', kind: 'shard', owner: 'one', until: new Date(Date.now() + 60_000) },
      { _id: 'shard:1', kind: 'shard', owner: '', until: new Date(0) },
      { _id: 'member:one', kind: 'member', owner: 'one', until: new Date(Date.now() + 60_000) },
    ]);
  await db('routing')
    .collection<mongo.Document & { _id: number }>('shards')
    .insertMany([{ _id: 0, owner: 'two', until: new Date(Date.now() + 5_000) }, { _id: 1 }]);
  const leases = await readLeases(place);
  expect(leases.map(({ of, shard, owner, leftMs }) => [of, shard, owner, leftMs > 0])).toEqual([
    ['sla timers', 'shard:0', 'one', true],
    ['sla timers', 'shard:1', '', false],
    ['routing', 'shard:0', 'two', true],
    ['routing', 'shard:1', '', false],
  ]);
});

test('a rebuild sets journey back to the first message, and refuses while journey reads', async () => {
  const seen: string[] = [];
  const handle = async (deliveries: Delivery[]) => deliveries.forEach(({ event: got }) => void seen.push(got.id));
  const memory = { load: async () => [], park: async () => undefined, unpark: async () => undefined };
  const consumer = bus.consume({ group: 'journey', topics: [topic], handle, deadLetters: memory });
  await until(() => seen.includes('late/2'));
  const first = seen.length;
  await expect(rebuildTimeline(place)).rejects.toThrow(/1 processes of journey read now; stop them first/);
  await consumer.stop();
  await until(async () => (await readLag(place, ['journey']))[0]?.members === 0);
  const { topics, messages } = await rebuildTimeline(place);
  expect(topics).toEqual(['channel.inbound.v1', topic]);
  expect(messages).toBeGreaterThanOrEqual(first);
  seen.length = 0;
  const again = bus.consume({ group: 'journey', topics: [topic], handle, deadLetters: memory });
  await until(() => seen.includes('late/2'));
  expect(seen.length).toBe(first);
  await again.stop();
}, 90_000);

test('a backup is restored with equal counts and hashes; a difference is told; a group reads again', async () => {
  const rows = db('journey').collection<mongo.Document & { _id: string }>('timeline');
  await rows.createIndex({ k: 1, t: -1 }, { name: 'by_customer' });
  await rows.insertMany(
    Array.from({ length: 2_500 }, (_, i) => ({
      _id: `acme/${String(i).padStart(5, '0')}`,
      k: i % 7,
      t: new Date(1_800_000_000_000 + i),
      e: new mongo.Binary(Buffer.alloc(64, i)),
      n: i % 2 ? i : mongo.Long.fromNumber(i),
      d: new mongo.Double(i),
      // Names that look like numbers, in another order than theirs, at every depth.
      by: new Map<string, unknown>([
        ['9', /x/i],
        [
          '10',
          new Map([
            [
              '2',
              [
                new Map([
                  ['7', null],
                  ['3', i % 3],
                ] as [string, unknown][]),
              ],
            ],
          ]),
        ],
        ['1', { b: mongo.Decimal128.fromString('1.50'), a: [i, [], {}] }],
      ]),
    })),
  );
  const drilled = await drill(place, join(folder, 'drill'));
  expect(drilled.differences).toEqual([]);
  expect(drilled.manifest.databases['journey']!['timeline']).toMatchObject({ documents: 2_500 });
  const { databases } = await client.db('admin').admin().listDatabases({ nameOnly: true });
  expect(databases.filter(({ name }) => name.includes(`${run}-drill-`))).toEqual([]);

  const manifest = await backup(place, join(folder, 'kept'));
  expect(await compare(place, manifest)).toEqual([]);
  await rows.updateOne({ _id: 'acme/00003' }, { $set: { k: 99 } });
  await rows.dropIndex('by_customer');
  await db('sla').collection('dockets').insertOne({ a: 1 });
  expect(await compare(place, readManifest(join(folder, 'kept')))).toEqual(
    expect.arrayContaining([
      { service: 'journey', collection: 'timeline', what: 'the documents differ' },
      { service: 'sla', collection: 'dockets', what: '3 documents, 2 expected' },
    ]),
  );
  await expect(restore(place, join(folder, 'kept'))).rejects.toThrow(/exist already/);
  await expect(backup(place, join(folder, 'kept'))).rejects.toThrow(/is not empty/);
  for (const service of Object.keys(manifest.databases)) await db(service).dropDatabase();
  expect(await restore(place, join(folder, 'kept'))).toEqual([]);
  expect((await db('journey').collection('timeline').indexes()).map(({ name }) => name)).toContain('by_customer');

  const behind = (await readLag(place, ['sla']))[0]!.lag;
  expect(await rewind(place, 'sla')).toEqual({ group: 'sla', topics: [topic] });
  expect(await bus.admin.lag('sla', [topic])).toBeGreaterThan(behind);

  writeFileSync(
    join(folder, 'kept', 'manifest.json'),
    JSON.stringify({
      ...manifest,
      databases: { sla: { dockets: { ...manifest.databases['sla']!['dockets'], sha256: 'x' } } },
    }),
  );
  expect(await compare(place, readManifest(join(folder, 'kept')))).toEqual([
    { service: 'sla', collection: 'dockets', what: 'the documents differ' },
  ]);
}, 120_000);

test('the audit trail is checked for every tenant, and against the ends that were noted outside', async () => {
  const keys = [{ kid: 1, secret: 'a secret only for tests, long enough' }];
  const anchors = join(folder, 'anchors.json');
  const records = db('gateway').collection('audit_records');
  for (const tenant of ['acme', 'globex']) {
    const chain = extendChain(tenant, undefined, [{ what: 'a' }, { what: 'b' }, { what: 'c' }], keys[0]!);
    await records.insertMany(chain.records as never);
    await db('gateway')
      .collection('audit_heads')
      .insertOne(chain.head as never);
  }
  const whole = [
    { tenant: 'acme', records: 3, faults: [] },
    { tenant: 'globex', records: 3, faults: [] },
  ];
  expect(await verifyAudit(place, keys, { anchors })).toEqual(whole);
  expect(await verifyAudit(place, keys, { tenant: 'globex' })).toEqual(whole.slice(1));
  await records.updateOne({ _id: 'acme/000000000002' as never }, { $set: { what: 'nothing' } });
  expect((await verifyAudit(place, keys))[0]!.faults).toEqual(['ALTERED: record 2 is not what was sealed']);
  // A whole trail that is gone leaves nothing behind but the note.
  await records.deleteMany({ chain: 'globex' });
  await db('gateway')
    .collection('audit_heads')
    .deleteOne({ _id: 'globex' as never });
  expect((await verifyAudit(place, keys)).map(({ tenant }) => tenant)).toEqual(['acme']);
  expect((await verifyAudit(place, keys, { anchors }))[1]).toMatchObject({
    tenant: 'globex',
    faults: ['TRUNCATED: the chain once had 3 records'],
  });
});

// Which layout the timeline gets: clustered on its key, plain with the key as `_id`, or plain with a second index.
// Runs against a mongod of its own whose cache is smaller than the data. `--events 1000000 --cache 0.25 --mongod <path>`
import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { freePort } from '@throughline/testing';
import { mongo } from 'mongoose';

const { values: options } = parseArgs({
  options: {
    events: { type: 'string', default: '1000000' },
    customers: { type: 'string', default: '100000' },
    cache: { type: 'string', default: '0.25' },
    mongod: { type: 'string', default: '.local/cache/mongo/mongod' },
    out: { type: 'string', default: 'tests/load/results' },
  },
});
const EVENTS = Number(options.events);
const CUSTOMERS = Number(options.customers);
const BATCH = 2_000;
const WRITERS = 3;
const T0 = 1_760_000_000_000;

type Layout = 'clustered' | 'plain' | 'second-index';
interface Result {
  layout: Layout;
  insertsPerSecond: number;
  /** The last tenth alone: what it has come to when the data no longer fit the cache. */
  lastTenthPerSecond: number;
  firstPageP50Ms: number;
  firstPageP99Ms: number;
  deepPageP50Ms: number;
  dataBytesPerEvent: number;
  indexBytesPerEvent: number;
  mongodCpuMicrosPerEvent: number;
}

async function startMongod(directory: string): Promise<{ child: ChildProcess; client: mongo.MongoClient }> {
  const port = await freePort();
  const child = spawn(
    options.mongod,
    [
      '--dbpath',
      directory,
      '--port',
      String(port),
      '--bind_ip',
      '127.0.0.1',
      '--replSet',
      'sweep',
      '--oplogSize',
      '990',
      '--wiredTigerCacheSizeGB',
      options.cache,
      '--quiet',
    ],
    { stdio: 'ignore' },
  );
  // Whoever ends the sweep ends its server.
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => {
      child.kill('SIGKILL');
      process.exit(1);
    });
  const url = `mongodb://127.0.0.1:${port}/?directConnection=true`;
  const client = await new mongo.MongoClient(url, { serverSelectionTimeoutMS: 20_000, promoteBuffers: true }).connect();
  await client
    .db('admin')
    .command({ replSetInitiate: { _id: 'sweep', members: [{ _id: 0, host: `127.0.0.1:${port}` }] } });
  for (;;) {
    if ((await client.db('admin').command({ hello: 1 })).isWritablePrimary) return { child, client };
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

const pointOf = (customer: number) => createHash('sha256').update(`demo/${customer}`).digest().subarray(0, 16);

// Entries as the service stores them: ids and addresses that compress a little, texts that compress well, 420-560 bytes.
const words =
  'order parcel invoice late broken thanks please when refund delivery address number changed again hello'.split(' ');
const POOL = 4_096;
const pool = Array.from({ length: POOL }, (_, n) => {
  const conversation = randomBytes(16).toString('hex');
  let text = '';
  for (let i = 0; i < 12 + (n % 9); i++) text += `${words[(n * 7 + i * 13) % words.length]} `;
  return Buffer.from(
    `${conversation}/${n & 7}throughline.conversation.v1.MessageReceivedthroughline/conversation email ${conversation} email:customer${n}@example.org Customer: ${text} type.googleapis.com/throughline.conversation.v1.MessageReceived ${conversation} ${text}`,
  );
});

// Entries differ in a few random bytes and in who they are of; making them must cost little beside inserting them.
function entryOf(customer: number, n: number): Buffer {
  const entry = Buffer.from(pool[(customer + n * 31) % POOL]!);
  entry.writeUInt32BE(customer, 4);
  entry.writeUInt32BE(n, 12);
  entry.writeUInt32BE((Math.random() * 0xffff_ffff) >>> 0, 20);
  return entry;
}

const keyOf = (point: Buffer, time: number, customer: number, n: number): Buffer => {
  const key = Buffer.alloc(34);
  point.copy(key);
  key.writeUIntBE(time, 16, 6);
  key.writeUInt32BE((customer * 2654435761) >>> 0, 22);
  key.writeUInt32BE(n >> 3, 26);
  key.writeUInt32BE(n & 7, 30);
  return key;
};

async function create(db: mongo.Db, layout: Layout) {
  if (layout === 'clustered') {
    return db.createCollection('timeline', { clusteredIndex: { key: { _id: 1 }, unique: true } });
  }
  const collection = await db.createCollection('timeline');
  if (layout === 'second-index') await collection.createIndex({ p: 1, t: 1 });
  return collection;
}

// Time passes for everybody alike, customers come in no order: each insert lands somewhere else in the key space.
function batchOf(from: number, count: number, points: Buffer[], layout: Layout) {
  const documents: mongo.Document[] = [];
  for (let i = from; i < from + count; i++) {
    const customer = (i * 48271) % CUSTOMERS;
    const n = Math.floor(i / CUSTOMERS);
    const p = points[customer]!;
    const time = T0 + i;
    const e = entryOf(customer, n);
    if (layout === 'second-index') documents.push({ _id: `${customer}/${n}`, p, t: new Date(time), e });
    else documents.push({ _id: keyOf(p, time, customer, n), e });
  }
  return documents;
}

const cpuOf = async (pid: number): Promise<number> => {
  const { readFileSync } = await import('node:fs');
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
};

async function fill(db: mongo.Db, layout: Layout, points: Buffer[]) {
  let next = 0;
  const marks: { at: number; done: number }[] = [{ at: performance.now(), done: 0 }];
  let done = 0;
  const writer = async () => {
    while (next < EVENTS) {
      const from = next;
      next += BATCH;
      const documents = batchOf(from, Math.min(BATCH, EVENTS - from), points, layout);
      await db.command({ insert: 'timeline', documents, ordered: false, writeConcern: { w: 'majority', j: true } });
      done += documents.length;
      if (done % (EVENTS / 10) < BATCH) marks.push({ at: performance.now(), done });
    }
  };
  await Promise.all(Array.from({ length: WRITERS }, writer));
  const rate = (a: { at: number; done: number }, b: { at: number; done: number }) =>
    ((b.done - a.done) / (b.at - a.at)) * 1000;
  const end = { at: performance.now(), done };
  return { all: rate(marks[0]!, end), last: rate(marks.at(-3)!, end) };
}

const page = (db: mongo.Db, layout: Layout, point: Buffer, skipTime?: number) => {
  const high = skipTime ?? 0xffff_ffff_ffff;
  const query =
    layout === 'second-index'
      ? { p: point, t: { $lt: new Date(Math.min(high, 8.64e15)) } }
      : { _id: { $gt: keyOf(point, 0, 0, 0), $lt: keyOf(point, high, 0, 0) } };
  return db
    .collection('timeline')
    .find(query as mongo.Filter<mongo.Document>)
    .sort(layout === 'second-index' ? { t: -1 } : { _id: -1 })
    .limit(21)
    .toArray();
};

const quantile = (sorted: number[], q: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))]!;

async function read(db: mongo.Db, layout: Layout, points: Buffer[], deep: boolean) {
  const times: number[] = [];
  for (let i = 0; i < 1_500; i++) {
    const point = points[(i * 7919 + (deep ? 31 : 0)) % CUSTOMERS]!;
    const before = deep ? T0 + Math.floor(EVENTS * 0.7) : undefined;
    const started = performance.now();
    await page(db, layout, point, before);
    if (i >= 200) times.push(performance.now() - started);
  }
  return times.sort((a, b) => a - b);
}

async function measure(layout: Layout, points: Buffer[]): Promise<Result> {
  const directory = mkdtempSync(join(tmpdir(), 'timeline-layout-'));
  const free = statfsSync(directory);
  if (free.bavail * free.bsize < EVENTS * 1_500) throw new Error(`not enough room on ${directory}`);
  const { child, client } = await startMongod(directory);
  try {
    const db = client.db('sweep');
    await create(db, layout);
    const rates = await fill(db, layout, points);
    const cpu = await cpuOf(child.pid!);
    await client.db('admin').command({ fsync: 1 });
    const first = await read(db, layout, points, false);
    const deep = await read(db, layout, points, true);
    const stats = await db.command({ collStats: 'timeline' });
    if (stats.count !== EVENTS) throw new Error(`${layout}: ${stats.count} of ${EVENTS} events`);
    return {
      layout,
      insertsPerSecond: Math.round(rates.all),
      lastTenthPerSecond: Math.round(rates.last),
      firstPageP50Ms: quantile(first, 0.5),
      firstPageP99Ms: quantile(first, 0.99),
      deepPageP50Ms: quantile(deep, 0.5),
      dataBytesPerEvent: stats.storageSize / EVENTS,
      indexBytesPerEvent: stats.totalIndexSize / EVENTS,
      mongodCpuMicrosPerEvent: (cpu * 1e6) / EVENTS,
    };
  } finally {
    await client.close();
    child.kill('SIGKILL');
    await new Promise((resolve) => child.once('exit', resolve));
    rmSync(directory, { recursive: true, force: true });
  }
}

async function main() {
  const points = Array.from({ length: CUSTOMERS }, (_, customer) => pointOf(customer));
  const results: Result[] = [];
  for (const layout of ['plain', 'clustered', 'second-index'] as const) {
    console.log(`${layout}: ${EVENTS} events, cache ${options.cache} GB …`);
    const result = await measure(layout, points);
    results.push(result);
    console.table([
      Object.fromEntries(Object.entries(result).map(([k, v]) => [k, typeof v === 'number' ? Number(v.toFixed(2)) : v])),
    ]);
  }
  mkdirSync(options.out, { recursive: true });
  const file = join(options.out, `timeline-layout-${EVENTS}.json`);
  writeFileSync(
    file,
    `${JSON.stringify({ events: EVENTS, customers: CUSTOMERS, cacheGb: Number(options.cache), results }, null, 2)}\n`,
  );
  console.log(`written to ${file}`);
}

void main();

import { decodeMessage, encodeEvent } from '@throughline/bus';
import { channelV1, cloudeventsV1, conversationV1 } from '@throughline/proto';
import { mongo } from 'mongoose';
import { createRecorder } from './src/inbound/events/record-events';
import { createRenderings } from './src/inbound/events/render/render';
import { decodeSpans } from './src/inbound/events/span-event';
import { createFirstSights } from './src/outbound/first-sights';
import { createTimeline } from './src/outbound/timeline';

const N = Number(process.argv[2] ?? 200000),
  C = Number(process.argv[3] ?? 20000);
const ch = ['email', 'chat', 'voice'];
const values: Buffer[] = [];
for (let i = 0; i < N; i++) {
  const c = i % C;
  const seq = Math.floor(i / C) + 1;
  values.push(
    encodeEvent({
      id: `demo/0190c0de-0000-7000-8000-${String(c).padStart(12, '0')}/${seq}`,
      source: 'throughline/conversation',
      type: 'throughline.conversation.v1.MessageReceived',
      subject: `0190c0de-0000-7000-8000-${String(c).padStart(12, '0')}`,
      time: new Date(1.7e12 + i),
      recordedAt: new Date(1.7e12 + i + 3),
      tenantId: 'demo',
      contactPoint: `email:c${c}@example.org`,
      conversationId: `0190c0de-0000-7000-8000-${String(c).padStart(12, '0')}`,
      channel: ch[c % 3]!,
      data: conversationV1.MessageReceived.encode(
        conversationV1.MessageReceived.fromPartial({
          conversationId: `0190c0de-0000-7000-8000-${String(c).padStart(12, '0')}`,
          messageId: `m${i}`,
          channel: ch[c % 3]!,
          subject: 'Order 4711',
          text: 'Hello, where is my order number ' + i + '?',
        }),
      ).finish(),
    }),
  );
}
const client = new mongo.MongoClient(process.env.MONGO_URL!);
const cpu = () => {
  const u = process.cpuUsage();
  return (u.user + u.system) / 1e6;
};
const batches = async (work: (part: Buffer[], p: number) => Promise<void>) => {
  const B = 2000;
  let next = 0;
  await Promise.all(
    [0, 1, 2].map(async (p) => {
      while (next < N) {
        const from = next;
        next += B;
        await work(values.slice(from, from + B), p);
      }
    }),
  );
};
async function main() {
  await client.connect();
  console.log('bytes', values[0]!.length);
  for (let round = 0; round < 3; round++) {
    const f = client.db('jr_floor');
    await f.dropDatabase();
    const fc = f.collection<any>('rows');
    await f.createCollection('rows');
    let c0 = cpu(),
      t0 = Date.now();
    await batches(async (part) => {
      await fc.insertMany(
        part.map((v) => {
          const e = cloudeventsV1.CloudEvent.decode(v);
          return { _id: e.id, type: e.type, source: e.source, data: Buffer.from((e.data as any).value?.value ?? v) };
        }),
        { ordered: false, writeConcern: { w: 'majority', j: true } },
      );
    });
    const ft = Date.now() - t0;
    console.log('floor', ft, ((N / ft) * 1000).toFixed(0), 'cpu', (cpu() - c0).toFixed(2));
    const d = client.db('jr_ours');
    await d.dropDatabase();
    await d.createCollection('timeline');
    await d.createCollection('customers');
    if (process.env.IDX) await d.collection('timeline').createIndex({ o: 1 }, { sparse: true });
    const sights = createFirstSights(d, { publish: async () => {} });
    const rec = createRecorder({
      timeline: createTimeline(d),
      customers: { ensure: process.env.NOCUST ? async () => {} : sights } as any,
      waitingRoom: undefined as any,
      renderings: createRenderings(),
      pointsKept: 200000,
      identified: new Map(),
      facts: { recorded() {}, waiting() {} },
    });
    c0 = cpu();
    t0 = Date.now();
    await batches(async (part) => {
      await rec.handle(
        part.map((value, i) => ({
          topic: 't',
          partition: 0,
          offset: String(i),
          key: 'k',
          event: decodeSpans({ value, headers: {} }),
          receivedAt: 0,
        })),
        undefined as any,
      );
    });
    const ot = Date.now() - t0;
    console.log(
      'ours',
      ot,
      ((N / ot) * 1000).toFixed(0),
      'cpu',
      (cpu() - c0).toFixed(2),
      'ratio',
      (ft / ot).toFixed(2),
    );
  }
  const s: any = await client.db('jr_ours').command({ collStats: 'timeline' });
  console.log(s.count, s.avgObjSize, s.storageSize, s.totalIndexSize);
  await client.db('jr_floor').dropDatabase();
  await client.db('jr_ours').dropDatabase();
  await client.close();
}
main();

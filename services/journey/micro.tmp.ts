import { decodeMessage, encodeEvent } from '@throughline/bus';
import { cloudeventsV1, conversationV1 } from '@throughline/proto';
import { mongo } from 'mongoose';

const { BSON } = mongo;

import { createRowBuilder } from './src/inbound/events/build-row';
import { createPoints } from './src/inbound/events/points';
import { createRecorder } from './src/inbound/events/record-events';
import { createRenderings } from './src/inbound/events/render/render';
import { decodeSpans } from './src/inbound/events/span-event';

const N = 100000,
  C = 10000;
const values: Buffer[] = [];
for (let i = 0; i < N; i++) {
  const c = i % C;
  const seq = Math.floor(i / C) + 1;
  const cid = `0190c0de-0000-7000-8000-${String(c).padStart(12, '0')}`;
  values.push(
    encodeEvent({
      id: `demo/${cid}/${seq}`,
      source: 'throughline/conversation',
      type: 'throughline.conversation.v1.MessageReceived',
      subject: cid,
      time: new Date(1.7e12 + i),
      recordedAt: new Date(1.7e12 + i + 3),
      tenantId: 'demo',
      contactPoint: `email:c${c}@example.org`,
      conversationId: cid,
      channel: 'email',
      data: conversationV1.MessageReceived.encode(
        conversationV1.MessageReceived.fromPartial({
          conversationId: cid,
          messageId: `m${i}`,
          channel: 'email',
          subject: 'Order 4711',
          text: 'Hello, where is my order number ' + i + '?',
        }),
      ).finish(),
    }),
  );
}
const t = (name: string, f: () => void) => {
  for (let r = 0; r < 3; r++) {
    const t0 = process.hrtime.bigint();
    f();
    console.log(name, (Number(process.hrtime.bigint() - t0) / N / 1000).toFixed(2), 'µs');
  }
};
const ev: any[] = [];
t('CloudEvent.decode', () => {
  for (const v of values) cloudeventsV1.CloudEvent.decode(v);
});
t('decodeMessage', () => {
  ev.length = 0;
  for (const v of values) ev.push(decodeMessage({ value: v, headers: {} }));
});
const R = createRenderings();
const b = createRowBuilder();
const P = createPoints(200000);
const rows: any[] = [];
const sv: any[] = [];
t('decodeSpans', () => {
  sv.length = 0;
  for (const v of values) sv.push(decodeSpans({ value: v, headers: {} }));
});
t('points', () => {
  for (const e of sv) P.of(e);
});
t('line', () => {
  for (const e of sv) R.of(e.raw, e.typeStart, e.typeEnd)!.line(e.raw, e.dataStart, e.dataEnd);
});
t('row', () => {
  rows.length = 0;
  for (const e of sv) rows.push(b(e, P.of(e)!, R.of(e.raw, e.typeStart, e.typeEnd)!));
});
t('bson rows', () => {
  for (let i = 0; i < N; i += 2000) BSON.serialize({ d: rows.slice(i, i + 2000) });
});
const docs = values.map((v) => {
  const e = cloudeventsV1.CloudEvent.decode(v);
  return { _id: e.id, type: e.type, source: e.source, data: Buffer.from((e.data as any).value?.value ?? v) };
});
t('bson floor', () => {
  for (let i = 0; i < N; i += 2000) BSON.serialize({ d: docs.slice(i, i + 2000) });
});
t('bson _id,e only', () => {
  for (let i = 0; i < N; i += 2000)
    BSON.serialize({ d: rows.slice(i, i + 2000).map((r: any) => ({ _id: r._id, e: r.e })) });
});

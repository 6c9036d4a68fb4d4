import { gzipSync } from 'node:zlib';
import type { EventAttributes } from '@throughline/bus';
import { encodeEvent } from '@throughline/bus';
import { channelV1, commonV1 } from '@throughline/proto';
import type { Sent } from './world';
import { inboundType, TENANT } from './world';

type InboundEvent = channelV1.InboundEvent;

interface Bad {
  name: string;
  /** Why the conversation service puts it away. */
  reason: string;
  /** True when nobody can read it as an event, whoever it is for. */
  unreadable: boolean;
  value: Buffer;
  headers?: Record<string, string>;
}

const at = new Date('2026-03-29T01:30:00Z');

const goodEvent = (): InboundEvent =>
  channelV1.InboundEvent.fromPartial({
    channel: 'chat',
    adapter: 'resilience',
    threadKey: 'bad',
    eventKey: 'bad/1',
    occurredAt: at,
    contactPoint: { type: commonV1.ContactPointType.CHAT, value: 'visitor-bad' },
    payload: { $case: 'messageReceived', value: channelV1.InboundMessageReceived.fromPartial({ text: 'never seen' }) },
  });

const attributes: EventAttributes = {
  id: 'bad/1',
  source: 'resilience',
  type: inboundType,
  subject: 'bad',
  time: at,
  recordedAt: at,
  tenantId: TENANT,
};

const enveloped = (data: Uint8Array, changed: Partial<EventAttributes> = {}): Buffer =>
  encodeEvent({ ...attributes, ...changed, data });
const dataOf = (event: InboundEvent): Uint8Array => channelV1.InboundEvent.encode(event).finish();
const whole = enveloped(dataOf(goodEvent()));

const unreadable = (name: string, reason: string, value: Buffer, headers?: Record<string, string>): Bad => ({
  name,
  reason,
  unreadable: true,
  value,
  ...(headers ? { headers } : {}),
});

const json = { 'content-type': 'application/cloudevents+json' };
const asJson = (data: string, changed: object = {}): Buffer => {
  const head = JSON.stringify({
    specversion: '1.0',
    id: 'bad/1',
    source: 'resilience',
    type: inboundType,
    tenantid: TENANT,
    time: at,
    ...changed,
  });
  return Buffer.from(`${head.slice(0, -1)},"data":${data}}`);
};

const refused = (name: string, change: (event: InboundEvent) => void): Bad => {
  const event = goodEvent();
  change(event);
  return { name, reason: 'INVALID_EVENT', unreadable: false, value: enveloped(dataOf(event)) };
};
const message = (event: InboundEvent): channelV1.InboundMessageReceived => {
  if (event.payload?.$case !== 'messageReceived') throw new Error('not a message');
  return event.payload.value;
};
const malformedData = (name: string, data: Buffer): Bad => ({
  name,
  reason: 'MALFORMED_DATA',
  unreadable: false,
  value: enveloped(data),
});

/** The good event with other bytes in place of the beginning of a text. */
const withBytes = (text: string, bytes: Buffer): Buffer => {
  const data = Buffer.from(dataOf(goodEvent()));
  bytes.copy(data, data.indexOf(text));
  return data;
};

/** What broken or hostile adapters may write to `channel.inbound.v1`, one rule broken at a time. */
export const badEvents: Bad[] = [
  unreadable('nothing', 'EMPTY_VALUE', Buffer.alloc(0)),
  unreadable('half an event', 'MALFORMED_ENVELOPE', whole.subarray(0, whole.length >> 1)),
  unreadable('a varint without end', 'MALFORMED_ENVELOPE', Buffer.alloc(64, 0xff)),
  unreadable('a length beyond the end', 'MALFORMED_ENVELOPE', Buffer.from([0x0a, 0xff, 0x7f, 1])),
  unreadable('ten thousand groups', 'MALFORMED_ENVELOPE', Buffer.alloc(10_000, 0x0b)),
  unreadable('a gzip bomb', 'MALFORMED_ENVELOPE', gzipSync(Buffer.alloc(10 * 1024 * 1024))),
  unreadable('300 KiB', 'EVENT_TOO_LARGE', enveloped(Buffer.alloc(300 * 1024, 0x61))),
  unreadable('another content type', 'UNKNOWN_CONTENT_TYPE', Buffer.from('<xml/>'), { 'content-type': 'text/xml' }),
  unreadable('no tenant', 'MISSING_ATTRIBUTE', enveloped(dataOf(goodEvent()), { tenantId: '' })),
  unreadable('a path as tenant', 'INVALID_ATTRIBUTE', enveloped(dataOf(goodEvent()), { tenantId: 'a/../b' })),
  unreadable('an operator as tenant', 'INVALID_ATTRIBUTE', enveloped(dataOf(goodEvent()), { tenantId: '{"$ne":""}' })),
  unreadable('no id', 'MISSING_ATTRIBUTE', enveloped(dataOf(goodEvent()), { id: '' })),
  unreadable(
    'an id of 2,000 characters',
    'INVALID_ATTRIBUTE',
    enveloped(dataOf(goodEvent()), { id: 'x'.repeat(2_000) }),
  ),
  unreadable('half a JSON', 'MALFORMED_ENVELOPE', Buffer.from('{"id":'), json),
  unreadable('a byte order mark', 'MALFORMED_ENVELOPE', Buffer.from(`\uFEFF${asJson('{}')}`), json),
  unreadable('JSON 100,000 deep', 'MALFORMED_DATA', asJson('['.repeat(50_000) + ']'.repeat(50_000)), json),
  unreadable('an unknown field', 'MALFORMED_DATA', asJson('{"nonsense":1}'), json),
  unreadable('an array for text', 'MALFORMED_DATA', asJson('{"threadKey":["a"]}'), json),
  unreadable('$ne for text', 'MALFORMED_DATA', asJson('{"threadKey":{"$ne":null}}'), json),
  unreadable('1e400', 'MALFORMED_DATA', asJson('{"callEnded":{"durationSeconds":1e400}}'), json),
  unreadable(
    'ten thousand digits',
    'MALFORMED_DATA',
    asJson(`{"callEnded":{"durationSeconds":${'9'.repeat(10_000)}}}`),
    json,
  ),
  unreadable('a date that is none', 'MALFORMED_DATA', asJson('{"occurredAt":"2026-02-30T99:00:00+99:99"}'), json),
  unreadable('two payloads', 'MALFORMED_DATA', asJson('{"callHeld":{},"callResumed":{}}'), json),
  unreadable('lone surrogates', 'MALFORMED_DATA', asJson('{"threadKey":"\\ud800"}'), json),
  unreadable('year 10000', 'INVALID_ATTRIBUTE', asJson('{}', { time: '+010000-01-01T00:00:00Z' }), json),
  unreadable('__proto__', 'INVALID_ATTRIBUTE', Buffer.from('{"__proto__":{"polluted":true},"type":"x"}'), json),
  {
    name: 'another type',
    reason: 'UNKNOWN_TYPE',
    unreadable: false,
    value: enveloped(dataOf(goodEvent()), { type: 'throughline.channel.v1.Nothing' }),
  },
  malformedData('half a message', Buffer.from(dataOf(goodEvent()).subarray(0, 20))),
  malformedData('ten thousand groups inside', Buffer.alloc(10_000, 0x0b)),
  malformedData('a message that goes on for ever', Buffer.alloc(64, 0xff)),
  malformedData('invalid UTF-8', withBytes('never seen', Buffer.from([0xc3, 0x28, 0xed, 0xa0, 0x80]))),
  refused('no instant', (event) => {
    event.occurredAt = undefined;
  }),
  refused('an instant long before computers', (event) => {
    event.occurredAt = new Date('1066-10-14T00:00:00Z');
  }),
  refused('a channel in capitals', (event) => {
    event.channel = 'Chat';
  }),
  refused('an operator as channel', (event) => {
    event.channel = '$where';
  }),
  refused('no adapter', (event) => {
    event.adapter = '';
  }),
  refused('no thread', (event) => {
    event.threadKey = '';
  }),
  refused('a thread of 999 characters', (event) => {
    event.threadKey = 'x'.repeat(999);
  }),
  refused('no event key', (event) => {
    event.eventKey = '';
  }),
  refused('a display name of 201 characters', (event) => {
    event.displayName = 'x'.repeat(201);
  }),
  refused('a contact point that is none', (event) => {
    event.contactPoint = { type: commonV1.ContactPointType.EMAIL, value: 'no address' };
  }),
  refused('21 identities', (event) => {
    event.identities = Array.from({ length: 21 }, () => channelV1.VerifiedContactPoint.fromPartial({ evidence: 'x' }));
  }),
  refused('a text of 100,001 characters', (event) => {
    message(event).text = 'x'.repeat(100_001);
  }),
  refused('201 references', (event) => {
    const references = Array.from({ length: 201 }, () => 'x');
    message(event).email = channelV1.EmailFacts.fromPartial({ references });
  }),
  refused('no payload', (event) => {
    event.payload = undefined;
  }),
  refused('letters from a key pad', (event) => {
    event.payload = { $case: 'keysPressed', value: { digits: 'abc' } };
  }),
  refused('an unknown delivery state', (event) => {
    const value = channelV1.InboundDeliveryStatusChanged.fromPartial({ messageId: 'm', conversationId: 'c' });
    event.payload = { $case: 'deliveryStatusChanged', value };
  }),
];

/** One bad event as a record under a key of its own. */
export const badRecord = (bad: Bad, key: string): Sent['record'] & { headers?: Record<string, string> } => ({
  topic: 'channel.inbound.v1',
  key,
  value: bad.value,
  ...(bad.headers ? { headers: bad.headers } : {}),
});

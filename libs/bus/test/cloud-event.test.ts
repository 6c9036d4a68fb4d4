import { channelV1, cloudeventsV1 } from '@throughline/proto';
import fc from 'fast-check';
import type { OutgoingEvent } from '../src';
import { decodeMessage, encodeEvent, encodeEventAhead, setRecordedAt, Undecodable } from '../src';

const { CloudEvent } = cloudeventsV1;
const data = channelV1.ThreadClosed.encode({ reason: 'left' }).finish();
const event: OutgoingEvent = {
  id: 'acme/1/7',
  source: '/throughline/test',
  type: 'throughline.channel.v1.ThreadClosed',
  subject: '1',
  time: new Date('2026-03-29T01:30:00.123Z'),
  tenantId: 'acme',
  recordedAt: new Date('2026-03-29T01:30:01Z'),
  contactPoint: 'email:zoë@example.org',
  data,
};

const caught = (work: () => unknown): Undecodable => {
  try {
    work();
  } catch (error) {
    if (error instanceof Undecodable) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
};

test('what we write is read by the generated code of the specification', () => {
  const read = CloudEvent.decode(encodeEvent(event));
  expect(read).toMatchObject({ id: event.id, source: event.source, specVersion: '1.0', type: event.type });
  expect(read.attributes.contactpoint?.attr).toEqual({ $case: 'ceString', value: event.contactPoint });
  expect(read.attributes.time?.attr).toEqual({ $case: 'ceTimestamp', value: event.time });
  expect(read.data?.$case).toBe('protoData');
});

test('any event comes back as it was written', () => {
  const text = fc.string({ minLength: 1, maxLength: 300, unit: 'grapheme' });
  fc.assert(
    fc.property(
      text,
      text,
      fc.uint8Array({ maxLength: 600 }),
      fc.integer({ min: 0, max: 4e12 }),
      (id, contactPoint, bytes, ms) => {
        const written = { ...event, id, contactPoint, data: bytes, time: new Date(ms) };
        const read = decodeMessage({ value: encodeEvent(written) });
        expect(read).toMatchObject({ id, contactPoint, time: new Date(ms), tenantId: 'acme', type: event.type });
        expect(Buffer.from(read.data)).toEqual(Buffer.from(bytes));
      },
    ),
  );
});

describe('an event that was written ahead', () => {
  const ahead = (bytes: Uint8Array) => encodeEventAhead({ ...event, recordedAt: undefined, data: bytes } as never);

  test('says the same as one that is written at once, to our reader and to the generated one', () => {
    const read = (value: Buffer) => ({ ...decodeMessage({ value }), raw: undefined });
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 3e13 }), fc.uint8Array({ maxLength: 600 }), (ms, bytes) => {
        const recordedAt = new Date(ms);
        const value = ahead(bytes);
        setRecordedAt(value, recordedAt);
        const atOnce = encodeEvent({ ...event, data: bytes, recordedAt });
        expect(read(value)).toEqual(read(atOnce));
        expect(CloudEvent.decode(value)).toEqual(CloudEvent.decode(atOnce));
      }),
    );
  });

  test('can be given its moment again, and no wrong one', () => {
    const value = ahead(data);
    for (const recordedAt of [new Date('2026-03-29T01:30:01.999Z'), new Date('2026-03-29T01:31:00Z')]) {
      setRecordedAt(value, recordedAt);
      expect(decodeMessage({ value }).recordedAt).toEqual(recordedAt);
    }
    for (const wrong of [-1, Number.NaN, 4e13]) expect(() => setRecordedAt(value, new Date(wrong))).toThrow(RangeError);
  });
});

const json = {
  specversion: '1.0',
  id: '7',
  source: '/pbx',
  type: event.type,
  tenantid: 'acme',
  time: '2026-03-29T01:30:00.123Z',
};
const binary = { ce_id: '7', ce_source: '/pbx', ce_type: event.type, ce_tenantid: 'acme', ce_time: json.time };

test.each([
  [
    'structured JSON',
    JSON.stringify({ ...json, data: { reason: 'left' } }),
    { 'content-type': 'application/cloudevents+json' },
  ],
  [
    'structured JSON, base64',
    JSON.stringify({ ...json, data_base64: Buffer.from(data).toString('base64') }),
    { 'content-type': 'application/cloudevents+json; charset=utf-8' },
  ],
  ['binary, protobuf', data, { ...binary, 'content-type': 'application/protobuf' }],
  ['binary, proto-JSON', '{"reason":"left"}', { ...binary, 'content-type': 'application/json' }],
])('reads %s', (_, value, headers) => {
  const read = decodeMessage({ value: Buffer.from(value), headers });
  expect(read).toMatchObject({
    id: '7',
    source: '/pbx',
    tenantId: 'acme',
    time: new Date(json.time),
    type: event.type,
  });
  expect(channelV1.ThreadClosed.decode(read.data)).toEqual({ reason: 'left' });
});

const full = encodeEvent(event);
test.each([
  ['nothing', Buffer.alloc(0), {}, 'EMPTY_VALUE'],
  ['half an event', full.subarray(0, full.length >> 1), {}, 'MALFORMED_ENVELOPE'],
  ['a varint without end', Buffer.alloc(20, 0xff), {}, 'MALFORMED_ENVELOPE'],
  ['text', Buffer.from('hello'), { 'content-type': 'text/plain' }, 'UNKNOWN_CONTENT_TYPE'],
  ['no tenant', encodeEvent({ ...event, tenantId: '' }), {}, 'MISSING_ATTRIBUTE'],
  ['a forged tenant', encodeEvent({ ...event, tenantId: 'a/../b' }), {}, 'INVALID_ATTRIBUTE'],
  ['half a JSON', Buffer.from('{"id":'), { 'content-type': 'application/cloudevents+json' }, 'MALFORMED_ENVELOPE'],
  [
    'an unknown JSON field',
    Buffer.from(JSON.stringify({ ...json, data: { nonsense: 1 } })),
    { 'content-type': 'application/cloudevents+json' },
    'MALFORMED_DATA',
  ],
  [
    'an unknown type',
    Buffer.from(JSON.stringify({ ...json, type: 'x.Y', data: {} })),
    { 'content-type': 'application/cloudevents+json' },
    'MALFORMED_DATA',
  ],
  [
    'a year beyond',
    Buffer.from(JSON.stringify({ ...json, time: '+275760-09-13T00:00:00Z', data: {} })),
    { 'content-type': 'application/cloudevents+json' },
    'INVALID_ATTRIBUTE',
  ],
])('refuses %s by name', (_, value, headers, reason) => {
  expect(caught(() => decodeMessage({ value, headers })).reason).toBe(reason);
});

test('no bytes whatever crash the reader', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
      try {
        decodeMessage({ value: Buffer.from(bytes) });
      } catch (error) {
        expect(error).toBeInstanceOf(Undecodable);
      }
    }),
    { numRuns: 2_000 },
  );
});

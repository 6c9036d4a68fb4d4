import { create, fromBinary, toBinary, toJson } from '@bufbuild/protobuf';
import type { Any } from '@bufbuild/protobuf/wkt';
import { AnySchema } from '@bufbuild/protobuf/wkt';
import { accessV1, channelV1, conversationV1, journeyV1 } from '@throughline/proto';
import { contractRegistry } from '@throughline/rpc';
import fc from 'fast-check';
import { writeResponse } from '../src/contract/write-response';

const registry = contractRegistry();
const ours = (type: string, bytes: Uint8Array): unknown =>
  JSON.parse(writeResponse(registry.getMessage(type)!, bytes, registry));
const library = (type: string, bytes: Uint8Array): unknown => {
  const desc = registry.getMessage(type)!;
  return JSON.parse(JSON.stringify(toJson(desc, fromBinary(desc, bytes), { registry, alwaysEmitImplicit: true })));
};

interface Codec {
  fromPartial(value: unknown): unknown;
  encode(value: unknown): { finish(): Uint8Array };
}
const bytesOf = (codec: unknown, value: object): Uint8Array =>
  (codec as Codec).encode((codec as Codec).fromPartial(value)).finish();

const any = (typeUrl: string, value: Uint8Array): Any => create(AnySchema, { typeUrl, value });
const inner = bytesOf(accessV1.ApiKey, { id: 'k', scopes: ['a', 'b'] });
const withAny = (data: object) => bytesOf(journeyV1.GetTimelineResponse, { entries: [{ eventId: 'e', data }] });

const ENTRY = 'throughline.journey.v1.GetTimelineResponse';
test.each<[string, string, Uint8Array]>([
  ['nothing', ENTRY, new Uint8Array()],
  [
    'a page',
    ENTRY,
    bytesOf(journeyV1.GetTimelineResponse, {
      entries: [{}, { eventId: 'ä"\\\n\u2028😀', occurredAt: new Date(0), recordedAt: new Date(1_234) }],
      nextPageToken: 'n',
    }),
  ],
  [
    'an Any',
    ENTRY,
    withAny({ typeUrl: 'type.googleapis.com/throughline.access.v1.ApiKey', value: Buffer.from(inner) }),
  ],
  ['an empty Any', ENTRY, withAny({})],
  [
    'an Any of a message without fields',
    ENTRY,
    withAny({ typeUrl: 'x/throughline.access.v1.GetCallerRequest', value: Buffer.alloc(0) }),
  ],
  [
    '64 bits, an enum, a oneof',
    'throughline.channel.v1.InboundEvent',
    bytesOf(channelV1.InboundEvent, {
      channel: 'voice',
      payload: {
        $case: 'recordingChanged',
        value: { state: channelV1.RecordingState.PAUSED, durationSeconds: 2n ** 60n },
      },
    }),
  ],
  [
    'maps',
    'throughline.conversation.v1.CreateConversationRequest',
    bytesOf(conversationV1.CreateConversationRequest, {
      channel: 'chat',
      attributes: { a: '1', 'ö"': '' },
      tags: ['x', ''],
    }),
  ],
  [
    'a map of messages',
    'throughline.journey.v1.Customer',
    bytesOf(journeyV1.Customer, { id: 'c', attributes: { vip: { value: 'yes' }, none: {} } }),
  ],
])('%s is written as the library does', (_, type, bytes) => {
  expect(ours(type, bytes)).toEqual(library(type, bytes));
});

test('a message in two parts and two members of a oneof are merged as the wire format asks', () => {
  const half = (value: object) => bytesOf(journeyV1.WatchTimelineResponse, { entry: value });
  const bytes = Buffer.concat([half({ eventId: 'e' }), half({ summary: 's' })]);
  const type = 'throughline.journey.v1.WatchTimelineResponse';
  expect(ours(type, bytes)).toEqual(library(type, bytes));
  expect(ours(type, bytes)).toMatchObject({ entry: { eventId: 'e', summary: 's' } });
  const event = (value: object) => bytesOf(channelV1.InboundEvent, { payload: value });
  const two = Buffer.concat([
    event({ $case: 'messageReceived', value: { text: 'hi' } }),
    event({ $case: 'threadClosed', value: { reason: 'r' } }),
  ]);
  expect(ours('throughline.channel.v1.InboundEvent', two)).toEqual(library('throughline.channel.v1.InboundEvent', two));
});

test('unknown fields, enum values and types do not hide the rest', () => {
  const bytes = Buffer.concat([
    bytesOf(journeyV1.GetTimelineResponse, { nextPageToken: 'n' }),
    Buffer.from([0xf8, 0x3f, 1]),
  ]);
  expect(ours(ENTRY, bytes)).toMatchObject({ nextPageToken: 'n' });
  const newer = toBinary(AnySchema, any('type.googleapis.com/throughline.future.v1.Thing', Buffer.from([1, 2])));
  expect(JSON.parse(writeResponse(AnySchema, newer, registry))).toEqual({
    '@type': 'type.googleapis.com/throughline.future.v1.Thing',
    value: 'AQI=',
  });
});

test('moments before 1970 are written, however their encoder counts', () => {
  const bytes = bytesOf(journeyV1.GetTimelineResponse, { entries: [{ occurredAt: new Date(-1) }] });
  expect(ours(ENTRY, bytes)).toMatchObject({ entries: [{ occurredAt: '1969-12-31T23:59:59.999Z' }] });
});

test.each([[[0x0a, 0x7f, 0x01]], [[0x0a, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]], [[0x0b]]])(
  'broken bytes throw: %j',
  (bytes) => {
    expect(() => writeResponse(registry.getMessage(ENTRY)!, Uint8Array.from(bytes), registry)).toThrow();
  },
);

test('whatever a service answers is written as the library does', () => {
  const text = fc.string({ unit: 'grapheme', maxLength: 30 });
  const date = fc.date({ min: new Date(0), max: new Date('9999-12-30'), noInvalidDate: true });
  const entry = fc.record(
    { eventId: text, occurredAt: date, channel: text, summary: text, cursor: text },
    { requiredKeys: [] },
  );
  fc.assert(
    fc.property(fc.array(entry, { maxLength: 5 }), text, (entries, nextPageToken) => {
      const bytes = bytesOf(journeyV1.GetTimelineResponse, { entries, nextPageToken });
      expect(ours(ENTRY, bytes)).toEqual(library(ENTRY, bytes));
    }),
    { numRuns: 300 },
  );
});

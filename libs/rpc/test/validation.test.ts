import type { Message } from '@bufbuild/protobuf';
import { fromBinary } from '@bufbuild/protobuf';
import { createValidator as createOracle } from '@bufbuild/protovalidate';
import type { Refusal } from '@throughline/core';
import { isRefusal } from '@throughline/core';
import { accessV1, channelV1, commonV1, conversationV1, journeyV1, routingV1, slaV1 } from '@throughline/proto';
import fc from 'fast-check';
import { contractRegistry, createValidator } from '../src';

interface Codec<T> {
  fromPartial(value: unknown): T;
  encode(value: T): { finish(): Uint8Array };
}
const oracle = createOracle({ registry: contractRegistry() });

const ours = (type: string, value: unknown): string[] => {
  try {
    createValidator(type)(value);
    return [];
  } catch (error) {
    if (!isRefusal(error)) throw error;
    return (error as Refusal).violations.map((violation) => `${violation.field} ${violation.rule}`);
  }
};

const theirs = <T>(type: string, codec: Codec<T>, value: T): boolean => {
  const desc = contractRegistry().getMessage(type)!;
  return oracle.validate(desc, fromBinary(desc, codec.encode(value).finish()) as Message).kind === 'valid';
};

const point = { type: commonV1.ContactPointType.EMAIL, value: 'ada@example.org' };
const inbound = {
  channel: 'email',
  adapter: 'channel-email',
  threadKey: 't',
  eventKey: 'e',
  occurredAt: new Date(),
  payload: { $case: 'messageReceived', value: { text: 'hi' } },
};
const promised = {
  what: 'call back',
  promiserKind: slaV1.PromiserKind.AGENT,
  promiserId: 'agent-7',
};
const cases: [string, string, unknown, unknown, string[]][] = [
  ['throughline.sla.v1.MakePromiseRequest', 'an optional number left out', slaV1.MakePromiseRequest, promised, []],
  [
    'throughline.sla.v1.MakePromiseRequest',
    'an optional number that is wrong, and one that is 0',
    slaV1.MakePromiseRequest,
    { ...promised, remindBeforeSeconds: -1, noticeBeforeSeconds: 0 },
    ['remind_before_seconds int32.gte'],
  ],
  [
    'throughline.routing.v1.ComputeStaffingRequest',
    'a good calculation',
    routingV1.ComputeStaffingRequest,
    { contacts: 10, intervalSeconds: 60, handleSeconds: 60, serviceLevel: 0.8 },
    [],
  ],
  [
    'throughline.routing.v1.ComputeStaffingRequest',
    'bounds that are not reached',
    routingV1.ComputeStaffingRequest,
    { contacts: 0, intervalSeconds: 60, handleSeconds: 60, serviceLevel: 1 },
    ['contacts double.gt', 'service_level double.lt'],
  ],
  [
    'throughline.routing.v1.ComputeStaffingRequest',
    'no number at all',
    routingV1.ComputeStaffingRequest,
    { contacts: 10, intervalSeconds: 60, handleSeconds: 60, serviceLevel: 0.8, shrinkage: Number.NaN },
    ['shrinkage double.gte', 'shrinkage double.lt'],
  ],
  [
    'throughline.journey.v1.GetTimelineRequest',
    'a good read',
    journeyV1.GetTimelineRequest,
    { customerId: 'c', pageSize: 200, channels: ['chat'] },
    [],
  ],
  [
    'throughline.journey.v1.GetTimelineRequest',
    'no customer',
    journeyV1.GetTimelineRequest,
    {},
    ['customer_id string.min_len'],
  ],
  [
    'throughline.journey.v1.GetTimelineRequest',
    'page too large',
    journeyV1.GetTimelineRequest,
    { customerId: 'c', pageSize: 201 },
    ['page_size int32.lte'],
  ],
  [
    'throughline.journey.v1.GetTimelineRequest',
    'a bad item',
    journeyV1.GetTimelineRequest,
    { customerId: 'c', channels: ['chat', ''] },
    ['channels[1] string.min_len'],
  ],
  ['throughline.channel.v1.InboundEvent', 'a good event', channelV1.InboundEvent, inbound, []],
  [
    'throughline.channel.v1.InboundEvent',
    'no payload, no time',
    channelV1.InboundEvent,
    { ...inbound, payload: undefined, occurredAt: undefined },
    ['occurred_at required', 'payload oneof.required'],
  ],
  [
    'throughline.channel.v1.InboundEvent',
    'a bad channel',
    channelV1.InboundEvent,
    { ...inbound, channel: 'E-Mail!' },
    ['channel string.pattern'],
  ],
  [
    'throughline.channel.v1.InboundEvent',
    'a nested fault',
    channelV1.InboundEvent,
    { ...inbound, contactPoint: { type: point.type, value: '' } },
    ['contact_point.value string.min_len'],
  ],
  [
    'throughline.channel.v1.InboundEvent',
    'an unspecified enum',
    channelV1.InboundEvent,
    { ...inbound, payload: { $case: 'recordingChanged', value: {} } },
    ['recording_changed.state enum.not_in'],
  ],
  [
    'throughline.conversation.v1.CreateConversationRequest',
    'bad map keys',
    conversationV1.CreateConversationRequest,
    { channel: 'chat', contactPoint: point, attributes: { 'a.b': 'x' } },
    ['attributes["a.b"] string.pattern'],
  ],
  [
    'throughline.access.v1.CreateApiKeyRequest',
    'a bad scope',
    accessV1.CreateApiKeyRequest,
    { displayName: 'k', scopes: ['root'] },
    ['scopes[0] string.pattern'],
  ],
  [
    'throughline.access.v1.CreateApiKeyRequest',
    'no scope',
    accessV1.CreateApiKeyRequest,
    { displayName: 'k' },
    ['scopes repeated.min_items'],
  ],
];

test.each(cases)('%s: %s', (type, _, codec, partial, expected) => {
  const value = (codec as Codec<unknown>).fromPartial(partial);
  expect(ours(type, value)).toEqual(expected);
  expect(theirs(type, codec as Codec<unknown>, value)).toBe(expected.length === 0);
});

test('the compiled rules agree with the library on whatever comes', () => {
  const text = fc.oneof(
    fc.string({ maxLength: 40, unit: 'grapheme' }),
    fc.constantFrom('chat', 'email', 'a'.repeat(201), '😀'.repeat(180)),
  );
  const request = fc.record({
    customerId: text,
    pageSize: fc.integer({ min: -5, max: 300 }),
    channels: fc.array(text, { maxLength: 25 }),
    issueId: text,
  });
  fc.assert(
    fc.property(request, (partial) => {
      const value = journeyV1.GetTimelineRequest.fromPartial(partial);
      const type = 'throughline.journey.v1.GetTimelineRequest';
      expect(ours(type, value).length === 0).toBe(theirs(type, journeyV1.GetTimelineRequest as Codec<unknown>, value));
    }),
    { numRuns: 300 },
  );
});

test('every message of the contract compiles: no rule is silently ignored', () => {
  const names = [...contractRegistry()].flatMap((desc) =>
    desc.kind === 'message' && desc.typeName.startsWith('throughline.') ? [desc.typeName] : [],
  );
  expect(names.length).toBeGreaterThan(80);
  for (const name of names) expect(() => createValidator(name)).not.toThrow();
});

import type { OutgoingEvent } from '@throughline/bus';
import { decodeMessage, encodeEvent, Undecodable } from '@throughline/bus';
import { cloudeventsV1, commonV1, conversationV1, journeyV1 } from '@throughline/proto';
import fc from 'fast-check';
import { mongo } from 'mongoose';
import { pointKeyOf } from '../src/domain/contact';
import { createRowBuilder } from '../src/inbound/events/build-row';
import { createEntryWriter } from '../src/inbound/events/entry-writer';
import { createPoints, hashOfName } from '../src/inbound/events/points';
import { createRenderings } from '../src/inbound/events/render/render';
import type { SpanEvent } from '../src/inbound/events/span-event';
import { decodeSpans } from '../src/inbound/events/span-event';
import { entryFilter } from '../src/outbound/entry-filter';
import { createRowBlocks } from '../src/outbound/row-block';
import { readEntry, timelineResponse } from '../src/wire/entry';
import { contactIdentified, messageReceived } from './support/events';

const renderings = createRenderings();
const spansOf = (event: OutgoingEvent): SpanEvent => decodeSpans({ value: encodeEvent(event), headers: {} });
const renderingOf = (event: SpanEvent) => renderings.of(event.raw, event.typeStart, event.typeEnd);
const lineOf = (event: OutgoingEvent): string => {
  const spans = spansOf(event);
  return renderingOf(spans)!.line(spans.raw, spans.dataStart, spans.dataEnd);
};

const blocks = createRowBlocks();
type Block = ReturnType<typeof blocks.open>;
/** What the driver reads in the documents of a block. */
const rowsIn = (block: Block): { _id: Buffer; e: Buffer; o?: string }[] => {
  const rows: mongo.Document[] = [];
  for (const part of block.parts()) {
    for (let at = 0; at < part.length; at += part.readInt32LE(at)) {
      const document = part.subarray(at, at + part.readInt32LE(at));
      rows.push(mongo.BSON.deserialize(document, { promoteBuffers: true }));
    }
  }
  return rows as ReturnType<typeof rowsIn>;
};
const writeEntry = createEntryWriter();
const entryOf = (spans: SpanEvent, point: string): Buffer => {
  const block = blocks.open();
  block.close(writeEntry(block, spans, Buffer.from(point), renderingOf(spans)!));
  return rowsIn(block)[0]!.e;
};
const build = createRowBuilder();
const rowsOf = (list: SpanEvent[], points: ReturnType<typeof createPoints>) => {
  const block = blocks.open();
  for (const spans of list) build(block, spans, points.of(spans)!, renderingOf(spans)!);
  expect(block.count).toBe(list.length);
  const rows = rowsIn(block);
  block.release();
  return rows;
};

const texts = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 200 }).filter((text) => !/\p{Cs}/u.test(text));
const events: fc.Arbitrary<OutgoingEvent> = fc.record({
  id: texts,
  source: texts,
  type: fc.constantFrom(
    'throughline.conversation.v1.MessageReceived',
    'x.v1.Foreign',
    'throughline.sla.v1.PromiseMade',
  ),
  subject: texts,
  time: fc.date({ min: new Date(0), max: new Date(253_402_300_799_999), noInvalidDate: true }),
  recordedAt: fc.date({ min: new Date(0), max: new Date(253_402_300_799_999), noInvalidDate: true }),
  tenantId: fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/),
  contactPoint: fc.constantFrom('email:ada@example.org', 'chat:空間'),
  conversationId: fc.option(texts, { nil: undefined }),
  channel: fc.option(texts, { nil: undefined }),
  issueId: fc.option(texts, { nil: undefined }),
  correlationId: fc.option(texts, { nil: undefined }),
  causationId: fc.option(texts, { nil: undefined }),
  data: texts.map((text) =>
    conversationV1.MessageReceived.encode(conversationV1.MessageReceived.fromPartial({ text })).finish(),
  ),
});

test('events read in place say the same as events read the general way', () => {
  fc.assert(
    fc.property(events, (event) => {
      const value = encodeEvent(event);
      const spans = decodeSpans({ value, headers: {} });
      const general = decodeMessage({ value, headers: {} });
      const names = [
        'id',
        'source',
        'type',
        'subject',
        'time',
        'recordedAt',
        'tenantId',
        'contactPoint',
        'conversationId',
        'channel',
        'issueId',
        'correlationId',
        'causationId',
      ] as const;
      for (const name of names) expect([name, spans[name]]).toEqual([name, general[name]]);
      expect(Buffer.from(spans.data)).toEqual(Buffer.from(general.data));
    }),
    { numRuns: 500 },
  );
});

test('entries are what the generated code makes of them', () => {
  fc.assert(
    fc.property(events, (event) => {
      const spans = spansOf(event);
      const rendering = renderingOf(spans)!;
      const entry = readEntry(entryOf(spans, event.contactPoint!));
      const expected = journeyV1.TimelineEntry.fromPartial({
        eventId: event.id,
        occurredAt: event.time,
        recordedAt: event.recordedAt,
        type: event.type,
        source: event.source,
        kind: rendering.kind,
        channel: event.channel ?? '',
        conversationId: event.conversationId ?? '',
        issueId: event.issueId ?? '',
        contactPoint: event.contactPoint!,
        summary: rendering.line(spans.raw, spans.dataStart, spans.dataEnd),
        data: { typeUrl: `type.googleapis.com/${event.type}`, value: Buffer.from(event.data) },
      });
      expect(entry).toEqual(expected);
    }),
    { numRuns: 500 },
  );
});

test('other modes of the same event make the same row', () => {
  const event = messageReceived({ text: 'same' });
  const points = createPoints(100);
  const rowOf = (spans: SpanEvent) => rowsOf([spans], points)[0]!;
  const value = encodeEvent(event);
  // The generated code writes attributes in another order than ours does.
  const other = Buffer.from(cloudeventsV1.CloudEvent.encode(cloudeventsV1.CloudEvent.decode(value)).finish());
  const headers = {
    'content-type': 'application/protobuf',
    ce_id: event.id,
    ce_source: event.source,
    ce_type: event.type,
    ce_specversion: '1.0',
    ce_time: event.time.toISOString(),
    ce_recordedat: event.recordedAt.toISOString(),
    ce_tenantid: event.tenantId,
    ce_subject: event.subject,
    ce_contactpoint: event.contactPoint!,
    ce_conversationid: event.conversationId!,
    ce_channel: event.channel!,
  };
  const expected = rowOf(decodeSpans({ value, headers: {} }));
  expect(rowOf(decodeSpans({ value: other, headers: {} }))).toEqual(expected);
  expect(rowOf(decodeSpans({ value: Buffer.from(event.data), headers }))).toEqual(expected);
  expect(expected.o).toBe('acme/c1');
  expect(expected._id.subarray(0, 16)).toEqual(pointKeyOf(points.find('acme', 'email:ada@example.org')!.base));
});

test('bytes that are no event are refused with a reason, never with a crash', () => {
  const good = encodeEvent(messageReceived({}));
  fc.assert(
    fc.property(
      fc.oneof(
        fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
        fc.nat(good.length - 1).map((cut) => Buffer.from(good.subarray(0, cut))),
      ),
      (value) => {
        try {
          decodeSpans({ value, headers: {} });
        } catch (error) {
          expect(error).toBeInstanceOf(Undecodable);
        }
      },
    ),
    { numRuns: 2_000 },
  );
  expect(() => decodeSpans({ value: null, headers: {} })).toThrow(Undecodable);
});

describe('lines', () => {
  const told = (type: string, data: Uint8Array) =>
    lineOf({ ...messageReceived({}), type: `throughline.conversation.v1.${type}`, data });
  test.each([
    ['a message', messageReceived({ text: 'Where is my parcel?' }), 'Customer: Where is my parcel?'],
    ['line breaks and blanks', messageReceived({ text: 'a\r\n\n  b\u2028c' }), 'Customer: a b c'],
    ['no text', messageReceived({ text: '' }), 'Customer sent a message'],
    ['a long text is cut', messageReceived({ text: 'x'.repeat(500) }), `Customer: ${'x'.repeat(139)}…`],
    ['never inside a character', messageReceived({ text: '😀'.repeat(200) }), `Customer: ${'😀'.repeat(69)}…`],
    ['who it is', contactIdentified({ verified: ['email:eve@example.org'] }), 'Identified as eve@example.org'],
  ])('%s', (_name, event, expected) => expect(lineOf(event)).toBe(expected));

  test('names of enums are words', () => {
    const data = conversationV1.ConversationStateChanged.encode(
      conversationV1.ConversationStateChanged.fromPartial({
        from: conversationV1.ConversationState.OPEN,
        to: conversationV1.ConversationState.ON_HOLD,
        reason: 'waits for the carrier',
        actor: { kind: commonV1.ActorKind.AGENT },
      }),
    ).finish();
    expect(told('ConversationStateChanged', data)).toBe('open → on hold: waits for the carrier');
  });

  test('data that is no message leaves the plainest form', () => {
    expect(told('MessageReceived', Buffer.from([0xff, 0xff, 0xff]))).toBe('Customer sent a message');
    expect(told('NoteAdded', Buffer.alloc(0))).toBe('Note');
  });

  test('every event of the conversation contract compiles, and the raw facts of channels are left out', () => {
    for (const name of Object.keys(conversationV1)) {
      if (!/(Opened|Received|Sent|Changed|Added|Snoozed|Woken|Merged|In|Out|Linked|Identified|Progressed)$/.test(name))
        continue;
      const type = `throughline.conversation.v1.${name}`;
      expect(() => lineOf({ ...messageReceived({}), type, data: Buffer.alloc(0) })).not.toThrow();
    }
    const hidden = ['throughline.channel.v1.InboundEvent', 'throughline.journey.v1.CustomerCreated'];
    for (const type of hidden) expect(renderingOf(spansOf({ ...messageReceived({}), type }))).toBeUndefined();
    const promise = renderingOf(spansOf({ ...messageReceived({}), type: 'throughline.sla.v1.PromiseMade' }));
    expect(promise?.kind).toBe('promise');
  });
});

test('a page is made of stored bytes, with each cursor from its key', () => {
  const list = Array.from({ length: 300 }, (_, i) =>
    spansOf(messageReceived({ seq: i + 1, minute: i, text: 'x'.repeat(i) })),
  );
  const rows = rowsOf(list, createPoints(100));
  const page = journeyV1.GetTimelineResponse.decode(timelineResponse(rows, 'next-token', ''));
  expect(page).toEqual({
    entries: rows.map((row) => readEntry(row.e, row._id)),
    nextPageToken: 'next-token',
    previousPageToken: '',
  });
  expect(page.entries.map((entry) => entry.cursor)).toEqual([...page.entries.map((entry) => entry.cursor)].sort());
});

test('filters read entries as they are stored', () => {
  const spans = spansOf(messageReceived({ channel: 'email', issueId: 'i1', conversation: 'c9' }));
  const entry = entryOf(spans, 'email:a@b.c');
  const none = { channels: [] as string[], kinds: [] as string[], issueId: '', conversationId: '' };
  const passes = (filter: Partial<typeof none>) => entryFilter({ ...none, ...filter })!(entry);
  expect(entryFilter(none)).toBeUndefined();
  expect(passes({ channels: ['chat', 'email'] })).toBe(true);
  expect(passes({ channels: ['emai'] })).toBe(false);
  expect(passes({ kinds: ['message'], issueId: 'i1', conversationId: 'c9' })).toBe(true);
  expect(passes({ kinds: ['note'], issueId: 'i1' })).toBe(false);
  const bare = spansOf({ ...messageReceived({}), issueId: undefined });
  expect(entryFilter({ ...none, issueId: 'i1' })!(entryOf(bare, 'email:a@b.c'))).toBe(false);
});

test('blocks hold any rows as the driver would write them, and are used again', () => {
  const sizes = fc.array(fc.tuple(fc.nat(3_000), fc.option(texts, { nil: undefined })), { maxLength: 40 });
  const huge = fc.constant<[number, string | undefined][]>([
    [100, 'acme/c'],
    [1_500_000, undefined],
    [0, ''],
    [700_000, 'acme/ü'],
    [700_000, undefined],
  ]);
  fc.assert(
    fc.property(fc.oneof({ weight: 9, arbitrary: sizes }, { weight: 1, arbitrary: huge }), (list) => {
      const block = blocks.open();
      const expected = list.map(([size, opening], i) => {
        block.open(size + 3 * (opening?.length ?? 0));
        block.bytes.fill(i, block.keyAt, block.keyAt + 34);
        block.bytes.fill(255 - i, block.entryAt, block.entryAt + size);
        block.close(block.entryAt + size, opening);
        const o = opening === undefined ? {} : { o: opening };
        return mongo.BSON.serialize({ _id: Buffer.alloc(34, i), e: Buffer.alloc(size, 255 - i), ...o });
      });
      expect(Buffer.concat(block.parts()).equals(Buffer.concat(expected))).toBe(true);
      block.release();
      expect(block.parts()).toEqual([]);
    }),
    { numRuns: 200 },
  );
});

describe('contact points', () => {
  const named = (tenantId: string, point: string) => spansOf({ ...messageReceived({}), tenantId, contactPoint: point });
  const nameOf = (point: string) => {
    const bytes = Buffer.from(`acme${point}`);
    return { bytes, tenantStart: 0, tenantEnd: 4, pointStart: 4, pointEnd: bytes.length };
  };

  test('are told apart though their names have the same hash', () => {
    const byHash = new Map<number, string>();
    let pair: [string, string] | undefined;
    for (let i = 0; !pair; i++) {
      const point = `chat:visitor-${i}`;
      const hash = hashOfName(nameOf(point));
      const other = byHash.get(hash);
      if (other) pair = [other, point];
      byHash.set(hash, point);
    }
    const points = createPoints(100);
    const [first, second] = [points.of(named('acme', pair[0]))!, points.of(named('acme', pair[1]))!];
    expect([first.point, second.point]).toEqual(pair);
    expect(points.of(named('acme', pair[0]))).toBe(first);
    expect(points.find('acme', pair[1])).toBe(second);
  });

  test('belong to one tenant, and a name that is no UTF-8 is stored as text', () => {
    const points = createPoints(100);
    const [a, b] = ['acme', 'acm'].map((tenant) => points.of(named(tenant, 'chat:eve'))!);
    expect(a!.base).not.toBe(b!.base);
    const event = named('acme', 'chat:x?');
    event.raw[event.pointEnd - 1] = 0xff;
    const known = points.of(event)!;
    expect(known.text.toString()).toBe('chat:x\ufffd');
    expect(points.of(event)).toBe(known);
  });

  test('those used are remembered, the others forgotten', () => {
    const points = createPoints(10);
    const kept = points.of(named('acme', 'chat:kept'))!;
    const lost = points.of(named('acme', 'chat:lost'))!;
    for (let i = 0; i < 30; i++) {
      points.of(named('acme', `chat:${i}`));
      expect(points.of(named('acme', 'chat:kept'))).toBe(kept);
    }
    expect(points.of(named('acme', 'chat:lost'))).not.toBe(lost);
  });
});

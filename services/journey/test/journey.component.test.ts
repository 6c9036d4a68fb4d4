import { setMaxListeners } from 'node:events';
import { customerIdFor } from '@throughline/core';
import { conversationV1, journeyV1 } from '@throughline/proto';
import { contactIdentified, messageReceived, minute, wire } from './support/events';
import type { Client, Running } from './support/running';
import { eventually, startService } from './support/running';

jest.setTimeout(120_000);

let running: Running;
let acme: Client;
const ask = (given: Partial<journeyV1.GetTimelineRequest>) =>
  acme.getTimeline(journeyV1.GetTimelineRequest.fromPartial(given));
const idOf = (point: string, tenant = 'acme') => customerIdFor(tenant, point);
const resolve = (given: Partial<journeyV1.ResolveCustomerRequest>) =>
  acme.resolveCustomer({ ...journeyV1.ResolveCustomerRequest.fromPartial({}), ...given });

/** All entries, read page by page. */
const readAll = async (given: Partial<journeyV1.GetTimelineRequest>) => {
  const entries: journeyV1.TimelineEntry[] = [];
  let pageToken = '';
  do {
    const page: journeyV1.GetTimelineResponse = await ask({ ...given, pageToken });
    entries.push(...page.entries);
    pageToken = page.nextPageToken;
  } while (pageToken !== '');
  return entries;
};

beforeAll(async () => {
  running = await startService();
  acme = running.clientFor('acme');
});
afterAll(() => running?.stop());

describe('the timeline', () => {
  const point = 'email:bob@example.org';
  const of = (seq: number, given = {}) =>
    messageReceived({ conversation: 'bob', contactPoint: point, seq, minute: seq, text: `message ${seq}`, ...given });

  test('shows each event once and in true order, however often and in whatever order it arrives', async () => {
    const events = Array.from({ length: 45 }, (_, i) => of(i + 1));
    await running.publish([...events].reverse());
    await running.publish(events);
    await running.publish(events.filter((_, i) => i % 3 === 0));
    await eventually(async () => ((await readAll({ customerId: idOf(point) })).length === 45 ? true : undefined));
    const entries = await readAll({ customerId: idOf(point), oldestFirst: true, pageSize: 7 });
    expect(entries.map((entry) => entry.summary)).toEqual(events.map((_, i) => `Customer: message ${i + 1}`));
    expect(entries.map((entry) => entry.cursor)).toEqual([...entries.map((entry) => entry.cursor)].sort());
    expect(entries[0]).toMatchObject({
      eventId: 'acme/bob/1',
      kind: 'message',
      channel: 'email',
      contactPoint: point,
      occurredAt: minute(1),
      recordedAt: minute(2),
    });
    expect(conversationV1.MessageReceived.decode(entries[0]!.data!.value).text).toBe('message 1');
    const newest = await readAll({ customerId: idOf(point), pageSize: 10 });
    expect(newest.map((entry) => entry.eventId)).toEqual(entries.map((entry) => entry.eventId).reverse());
  });

  test('pages both ways stay stable while events are filed in between', async () => {
    const first = await ask({ customerId: idOf(point), pageSize: 10 });
    expect(first.previousPageToken).toBe('');
    const second = await ask({ customerId: idOf(point), pageSize: 10, pageToken: first.nextPageToken });
    // One newer than everything, and one between the two pages.
    await running.publish([of(46), of(900, { time: new Date(minute(36).getTime() - 30_000), minute: 36 })]);
    await eventually(async () => ((await readAll({ customerId: idOf(point) })).length === 47 ? true : undefined));
    const back = await ask({ customerId: idOf(point), pageSize: 10, pageToken: second.previousPageToken });
    expect(back.entries.at(-1)!.summary).toBe('Customer: hello'.replace('hello', 'message 900'));
    expect(back.entries.slice(0, -1)).toEqual(first.entries.slice(1));
    const again = await ask({ customerId: idOf(point), pageSize: 10, pageToken: back.nextPageToken });
    expect(again.entries).toEqual(second.entries);
    const further = await ask({ customerId: idOf(point), pageSize: 10, pageToken: back.previousPageToken });
    expect(further.entries.map((entry) => entry.eventId)).toEqual(['acme/bob/46', 'acme/bob/45']);
  });

  test('filters by channel, kind, conversation, issue and time', async () => {
    const who = 'email:filter@example.org';
    const events = [
      messageReceived({ conversation: 'f1', contactPoint: who, seq: 1, minute: 1, channel: 'email' }),
      messageReceived({ conversation: 'f2', contactPoint: who, seq: 1, minute: 2, channel: 'chat', issueId: 'i1' }),
      {
        ...messageReceived({ conversation: 'f2', contactPoint: who, seq: 2, minute: 3, channel: 'chat' }),
        type: 'throughline.conversation.v1.NoteAdded',
      },
    ];
    await running.publish(events);
    await eventually(async () => ((await readAll({ customerId: idOf(who) })).length === 3 ? true : undefined));
    const ids = async (given: Partial<journeyV1.GetTimelineRequest>) =>
      (await readAll({ customerId: idOf(who), oldestFirst: true, ...given })).map((entry) => entry.eventId);
    expect(await ids({ channels: ['email'] })).toEqual(['acme/f1/1']);
    expect(await ids({ channels: ['chat', 'email'], kinds: ['note'] })).toEqual(['acme/f2/2']);
    expect(await ids({ conversationId: 'f2' })).toEqual(['acme/f2/1', 'acme/f2/2']);
    expect(await ids({ issueId: 'i1' })).toEqual(['acme/f2/1']);
    expect(await ids({ from: minute(2), until: minute(3) })).toEqual(['acme/f2/1']);
    expect(await ids({ channels: ['voice'] })).toEqual([]);
  });

  test('an event of a type and a topic nobody knew appears, told as well as can be', async () => {
    const who = 'phone:+4930123456';
    const storm = {
      ...messageReceived({ conversation: 'storm', contactPoint: who }),
      id: 'sky-4711',
      source: 'weather/berlin',
      type: 'weather.v1.StormAnnounced',
      data: Buffer.from([0x0a, 1, 0x78]),
    };
    await running.publish([storm], 'weather.reports.v1');
    const [entry] = await eventually(async () => {
      const entries = await readAll({ customerId: idOf(who) });
      return entries.length > 0 ? entries : undefined;
    });
    expect(entry).toMatchObject({
      eventId: 'sky-4711',
      kind: 'other',
      type: 'weather.v1.StormAnnounced',
      summary: 'Storm announced',
    });
    expect(Buffer.from(entry!.data!.value)).toEqual(storm.data);
  });

  test('an event that names only its conversation is placed, also when it comes first', async () => {
    const who = 'chat:visitor-9';
    const { contactPoint: _, ...early } = messageReceived({ conversation: 'w1', seq: 1, minute: 2 });
    const clock = {
      ...early,
      id: 'acme/clock-1/1',
      source: 'throughline/sla',
      type: 'throughline.sla.v1.ClockBreached',
      data: Buffer.alloc(0),
    };
    await running.publish([clock], 'sla.clocks.v1');
    await eventually(async () =>
      (await running.db.collection('waiting_events').countDocuments()) === 1 ? true : undefined,
    );
    await running.publish([messageReceived({ conversation: 'w1', contactPoint: who, seq: 1, minute: 1 })]);
    const entries = await eventually(async () => {
      const found = await readAll({ customerId: idOf(who), oldestFirst: true });
      return found.length === 2 ? found : undefined;
    });
    expect(entries.map((entry) => entry.summary)).toEqual(['Customer: hello', 'Clock breached']);
    expect(entries[1]).toMatchObject({ contactPoint: who, conversationId: 'w1' });
    await eventually(async () =>
      (await running.db.collection('waiting_events').countDocuments()) === 0 ? true : undefined,
    );
    await running.publish([{ ...clock, id: 'acme/clock-1/2' }], 'sla.clocks.v1');
    await eventually(async () => ((await readAll({ customerId: idOf(who) })).length === 3 ? true : undefined));
  });

  test('events that concern nobody, and what other services tell anyway, make no entry', async () => {
    const { contactPoint: _p, conversationId: _c, ...nobody } = messageReceived({ conversation: 'n1' });
    const told = {
      ...messageReceived({ conversation: 'n2', contactPoint: 'email:n2@example.org' }),
      type: 'throughline.channel.v1.InboundEvent',
    };
    const after = messageReceived({ conversation: 'n3', contactPoint: 'email:n3@example.org' });
    await running.publish([{ ...nobody, id: 'x/1' }, told, after]);
    await eventually(async () =>
      (await readAll({ customerId: idOf('email:n3@example.org') })).length === 1 ? true : undefined,
    );
    await expect(ask({ customerId: idOf('email:n2@example.org') })).rejects.toMatchObject({
      reason: 'CUSTOMER_NOT_FOUND',
    });
  });

  test('refuses tokens and ranges that make no sense, naming the field', async () => {
    const customerId = idOf(point);
    const { nextPageToken } = await ask({ customerId, pageSize: 5 });
    const refused = { kind: 'invalid', reason: 'PAGE_TOKEN_INVALID' };
    await expect(ask({ customerId, pageToken: 'nonsense' })).rejects.toMatchObject(refused);
    await expect(ask({ customerId, pageToken: nextPageToken, kinds: ['note'] })).rejects.toMatchObject(refused);
    await expect(ask({ customerId, pageToken: nextPageToken, oldestFirst: true })).rejects.toMatchObject(refused);
    await expect(ask({ customerId: idOf('email:filter@example.org'), pageToken: nextPageToken })).rejects.toMatchObject(
      refused,
    );
    await expect(ask({ customerId, from: minute(3), until: minute(3) })).rejects.toMatchObject({
      kind: 'invalid',
      violations: [{ field: 'until' }],
    });
    await expect(ask({ customerId, pageSize: 201 })).rejects.toMatchObject({ kind: 'invalid' });
    await expect(ask({ customerId: 'nobody' })).rejects.toMatchObject({
      kind: 'not_found',
      reason: 'CUSTOMER_NOT_FOUND',
    });
  });

  test('another tenant finds neither the timeline nor the customer', async () => {
    const other = running.clientFor('other');
    const customerId = idOf(point);
    const missing = { kind: 'not_found', reason: 'CUSTOMER_NOT_FOUND' };
    await expect(other.getTimeline(journeyV1.GetTimelineRequest.fromPartial({ customerId }))).rejects.toMatchObject(
      missing,
    );
    await expect(other.getCustomer({ customerId })).rejects.toMatchObject(missing);
    await expect(other.listLinks(journeyV1.ListLinksRequest.fromPartial({ customerId }))).rejects.toMatchObject(
      missing,
    );
    await expect(
      other.updateCustomerAttributes(journeyV1.UpdateCustomerAttributesRequest.fromPartial({ customerId })),
    ).rejects.toMatchObject(missing);
    expect((await other.listCustomers(journeyV1.ListCustomersRequest.fromPartial({}))).customers).toEqual([]);
    const stream = other.watchTimeline({ customerId, afterCursor: '' });
    await expect(stream[Symbol.asyncIterator]().next()).rejects.toMatchObject(missing);
  });

  test('a bad contact point goes to the dead letters and holds up nobody else', async () => {
    const bad = messageReceived({ conversation: 'bad', contactPoint: 'Email:Not Canonical' });
    const good = messageReceived({ conversation: 'good', contactPoint: 'email:good@example.org' });
    await running.publish([bad, good]);
    await eventually(async () =>
      (await readAll({ customerId: idOf('email:good@example.org') })).length === 1 ? true : undefined,
    );
    const reasons: string[] = [];
    await eventually(async () => {
      await running.bus.readTopic('journey.dlq.v1', (message) => reasons.push(String(message.headers['dlq-reason'])));
      return reasons.length > 0 ? true : undefined;
    });
    expect(reasons).toContain('CONTACT_POINT_INVALID');
  });
});

describe('the live stream', () => {
  const point = 'email:live@example.org';
  const of = (seq: number) =>
    messageReceived({ conversation: 'live', contactPoint: point, seq, minute: seq, text: `live ${seq}` });

  test('tells what is missed and what comes, each once, within a second', async () => {
    await running.publish([of(1), of(2), of(3)]);
    const customerId = idOf(point);
    const before = await eventually(async () => {
      const entries = await readAll({ customerId, oldestFirst: true });
      return entries.length === 3 ? entries : undefined;
    });
    const signal = new AbortController();
    const seen: { summary: string; at: number; cursor: string }[] = [];
    const watch = async (metadata?: Record<string, string>, afterCursor = '') => {
      try {
        for await (const { entry, cursor } of acme.watchTimeline(
          { customerId, afterCursor },
          { signal: signal.signal, metadata },
        )) {
          seen.push({ summary: entry!.summary, at: Date.now(), cursor });
        }
      } catch {
        // The test ends the stream.
      }
    };
    const watching = watch({ 'x-last-event-id': before[0]!.cursor });
    await eventually(() => (seen.length === 2 ? true : undefined));
    const waits: number[] = [];
    for (const seq of [4, 5, 6]) {
      const published = Date.now();
      await running.publish([of(seq)]);
      await eventually(() => (seen.length === seq - 1 ? true : undefined));
      waits.push(seen.at(-1)!.at - published);
    }
    // The machine that runs the tests does other things as well: the quickest of three shows what the service does.
    expect(Math.min(...waits)).toBeLessThan(1_000);
    await running.publish([of(4), of(7), of(3)]);
    await eventually(() => (seen.length === 6 ? true : undefined));
    expect(seen.map(({ summary }) => summary)).toEqual([2, 3, 4, 5, 6, 7].map((n) => `Customer: live ${n}`));
    signal.abort();
    await watching;
    await expect(
      acme.watchTimeline({ customerId, afterCursor: 'no cursor' })[Symbol.asyncIterator]().next(),
    ).rejects.toMatchObject({ reason: 'CURSOR_INVALID' });
  });

  test('many watchers share one feed', async () => {
    const customerId = idOf(point);
    const signal = new AbortController();
    setMaxListeners(50, signal.signal);
    const counts = new Array(20).fill(0);
    const watching = counts.map(async (_, i) => {
      try {
        for await (const _entry of acme.watchTimeline({ customerId, afterCursor: '' }, { signal: signal.signal }))
          counts[i]++;
      } catch {
        // The test ends the streams.
      }
    });
    const feeds = async () => {
      const { inprog } = await running.db
        .admin()
        .command({ currentOp: 1, $all: true, ns: `${running.db.databaseName}.timeline` });
      return inprog.length;
    };
    let seq = 10;
    await eventually(async () => {
      await running.publish([of(seq++)]);
      return counts.every((count) => count > 0) ? true : undefined;
    });
    expect(await feeds()).toBeLessThanOrEqual(3);
    signal.abort();
    await Promise.all(watching);
  });
});

describe('identity', () => {
  const get = async (point: string) => (await acme.getCustomer({ customerId: idOf(point) })).customer!;
  const texts = (customer: journeyV1.Customer) =>
    customer.contactPoints.map(({ contactPoint }) => contactPoint!.value).sort();

  test('verified addresses of one person become one timeline, and an unlink is exact', async () => {
    const [mail, chat] = ['email:eve@example.org', 'chat:eve-visitor'];
    await running.publish([
      messageReceived({ conversation: 'e1', contactPoint: mail, minute: 1 }),
      messageReceived({ conversation: 'e2', contactPoint: chat, minute: 2, channel: 'chat' }),
    ]);
    await eventually(() => get(mail));
    await eventually(() => get(chat));
    const rowsBefore = await running.rows();
    await running.publish([
      contactIdentified({ conversation: 'e2', seq: 2, contactPoint: chat, verified: [mail], minute: 3 }),
    ]);
    const one = await eventually(async () => {
      const customer = await get(chat);
      return customer.contactPoints.length === 2 && customer.displayName === 'Ada' ? customer : undefined;
    });
    expect(await get(mail)).toEqual(one);
    expect(one).toMatchObject({ displayName: 'Ada', linkedCustomerIds: [expect.any(String)] });
    expect(texts(one)).toEqual(['eve-visitor', 'eve@example.org']);
    const entries = await readAll({ customerId: idOf(chat), oldestFirst: true, pageSize: 1 });
    expect(entries.map((entry) => entry.contactPoint)).toEqual([mail, chat, chat]);
    const { links } = await acme.listLinks(journeyV1.ListLinksRequest.fromPartial({ customerId: one.id }));
    expect(links).toMatchObject([{ evidence: 'visitor_token', confidence: 100, survivingCustomerId: one.id }]);

    await acme.unlinkCustomers(
      journeyV1.UnlinkCustomersRequest.fromPartial({ linkId: links[0]!.id, reason: 'two people' }),
    );
    expect(texts(await get(mail))).toEqual(['eve@example.org']);
    expect(texts(await get(chat))).toEqual(['eve-visitor']);
    expect((await readAll({ customerId: idOf(mail) })).map((entry) => entry.contactPoint)).toEqual([mail]);
    // Nothing was rewritten: what was filed before is there, byte for byte.
    const now = new Map((await running.rows()).map((row) => [row._id.toString('hex'), row]));
    for (const row of rowsBefore) expect(now.get(row._id.toString('hex'))).toEqual(row);
    await expect(
      acme.unlinkCustomers(journeyV1.UnlinkCustomersRequest.fromPartial({ linkId: links[0]!.id, reason: 'again' })),
    ).rejects.toMatchObject({ reason: 'ALREADY_UNLINKED' });
  });

  test('the facts are published in order, one key per customer', async () => {
    const events = await eventually(async () => {
      const all = await running.customerEvents();
      return all.some(({ type }) => type.endsWith('CustomersUnlinked')) ? all : undefined;
    });
    const mine = events.filter(({ subject }) =>
      [idOf('email:eve@example.org'), idOf('chat:eve-visitor')].includes(subject),
    );
    expect(new Set(mine.map(({ id }) => id)).size).toBe(mine.length);
    // Two contact points that merely appeared in events: nobody announces them, the link names both.
    expect(mine.map(({ type }) => type.slice('throughline.journey.v1.'.length))).toEqual([
      'CustomersLinked',
      'ContactPointAdded',
      'ContactPointAdded',
      'CustomersUnlinked',
    ]);
    for (const subject of new Set(mine.map((event) => event.subject))) {
      const numbers = mine.filter((event) => event.subject === subject).map(({ id }) => Number(id.split('/').at(-1)));
      expect(numbers).toEqual(numbers.map((_, i) => i + 1));
    }
  });

  test('blocked and shared addresses never merge people', async () => {
    const facts = [
      contactIdentified({
        conversation: 's1',
        contactPoint: 'chat:s1',
        verified: ['email:info@firm.example'],
        minute: 1,
      }),
      contactIdentified({
        conversation: 's2',
        contactPoint: 'chat:s2',
        verified: ['email:info@firm.example'],
        minute: 1,
      }),
      contactIdentified({
        conversation: 's3',
        contactPoint: 'chat:s3',
        verified: ['email:noreply@firm.example', 'external:crm:null'],
        minute: 1,
      }),
      contactIdentified({
        conversation: 's4',
        contactPoint: 'chat:s4',
        verified: ['email:noreply@firm.example', 'external:crm:null'],
        minute: 1,
      }),
    ];
    await running.publish(facts);
    for (const n of [1, 2, 3, 4]) {
      await eventually(async () => ((await get(`chat:s${n}`)).contactPoints[0]!.verified ? true : undefined));
      expect(texts(await get(`chat:s${n}`))).toEqual([`s${n}`]);
    }
  });

  test('the API resolves, creates, adds, merges and says what it left out', async () => {
    const contactPoints = ['external:crm:77', 'email:Max@Example.org'].map(wire);
    await expect(resolve({ contactPoints })).rejects.toMatchObject({ reason: 'CUSTOMER_NOT_FOUND' });
    const made = await resolve({
      contactPoints,
      create: true,
      verified: true,
      displayName: 'Max',
      evidence: 'crm export',
      requestId: 'r1',
    });
    expect(made).toMatchObject({ created: true, customer: { displayName: 'Max' }, refused: [] });
    expect(texts(made.customer!)).toEqual(['crm:77', 'max@example.org']);
    const created = (await running.customerEvents()).filter(({ type }) => type.endsWith('CustomerCreated'));
    expect(created.map(({ contactPoint }) => contactPoint).sort()).toEqual([
      'email:max@example.org',
      'external:crm:77',
    ]);
    const again = await resolve({
      contactPoints,
      create: true,
      verified: true,
      displayName: 'Max',
      evidence: 'crm export',
      requestId: 'r1',
    });
    expect(again).toMatchObject({ created: false, customer: { id: made.customer!.id } });
    const added = await resolve({
      contactPoints: ['email:max@example.org', 'phone:+493012345678'].map(wire),
      verified: true,
      create: true,
    });
    expect(texts(added.customer!)).toEqual(['+493012345678', 'crm:77', 'max@example.org']);
    // Another unique id with the same mail: the mail is left out, a new customer is made.
    const other = await resolve({
      contactPoints: ['external:crm:78', 'email:max@example.org'].map(wire),
      verified: true,
      create: true,
    });
    expect(other.refused).toMatchObject([{ reason: 'OVER_LIMIT', contactPoint: { value: 'max@example.org' } }]);
    expect(texts(other.customer!)).toEqual(['crm:78']);
    await expect(
      acme.linkCustomers(
        journeyV1.LinkCustomersRequest.fromPartial({
          survivingCustomerId: made.customer!.id,
          linkedCustomerId: other.customer!.id,
          evidence: 'looks alike',
        }),
      ),
    ).rejects.toMatchObject({ reason: 'LINK_CONFLICT' });
    const free = await acme.getCustomer({ customerId: other.customer!.id });
    expect(texts(free.customer!)).toEqual(['crm:78']);
    await expect(resolve({ contactPoints: [wire('email:noreply@example.org')], create: true })).rejects.toMatchObject({
      reason: 'CONTACT_POINT_BLOCKED',
    });
    await expect(resolve({ contactPoints: [wire('email:not an address')], create: true })).rejects.toMatchObject({
      kind: 'invalid',
      violations: [{ field: 'contact_points[0].value' }],
    });
  });

  test('links by hand, chains of them, and whoever came later stays with the evidence', async () => {
    const ids: string[] = [];
    for (const n of [1, 2, 3]) {
      const { customer } = await resolve({ contactPoints: [wire(`email:chain${n}@example.org`)], create: true });
      ids.push(customer!.id);
    }
    const link = (surviving: number, linked: number, requestId: string) =>
      acme.linkCustomers(
        journeyV1.LinkCustomersRequest.fromPartial({
          survivingCustomerId: ids[surviving]!,
          linkedCustomerId: ids[linked]!,
          evidence: 'called',
          requestId,
        }),
      );
    // The third belongs to the second, the second to the first.
    const inner = await link(1, 2, 'k1');
    const outer = await link(0, 1, 'k2');
    expect(await link(0, 1, 'k2')).toEqual(outer);
    await expect(link(0, 2, 'k3')).rejects.toMatchObject({ reason: 'ALREADY_LINKED' });
    await expect(
      acme.linkCustomers(
        journeyV1.LinkCustomersRequest.fromPartial({
          survivingCustomerId: ids[0]!,
          linkedCustomerId: ids[2]!,
          evidence: 'other words',
          requestId: 'k2',
        }),
      ),
    ).rejects.toMatchObject({ reason: 'IDEMPOTENCY_KEY_REUSED' });
    expect(texts(await get('email:chain3@example.org'))).toHaveLength(3);
    await acme.unlinkCustomers(
      journeyV1.UnlinkCustomersRequest.fromPartial({ linkId: outer.link!.id, reason: 'wrong' }),
    );
    expect(texts(await get('email:chain1@example.org'))).toEqual(['chain1@example.org']);
    expect(texts(await get('email:chain3@example.org'))).toEqual(['chain2@example.org', 'chain3@example.org']);
    await acme.unlinkCustomers(
      journeyV1.UnlinkCustomersRequest.fromPartial({ linkId: inner.link!.id, reason: 'wrong too' }),
    );
    expect(texts(await get('email:chain2@example.org'))).toEqual(['chain2@example.org']);
    await link(2, 0, 'k4');
    expect((await get('email:chain1@example.org')).id).toBe(ids[2]);
  });

  test('attributes carry their sayable label and answer a repeated request the same', async () => {
    const customerId = idOf('email:bob@example.org');
    const update = (given: object) =>
      acme.updateCustomerAttributes(journeyV1.UpdateCustomerAttributesRequest.fromPartial({ customerId, ...given }));
    const first = await update({
      set: { tier: { value: 'gold', sayable: journeyV1.Sayable.MAY_MENTION }, churn: { value: 'high' } },
      displayName: 'Bob',
      requestId: 'u1',
    });
    expect(first.customer).toMatchObject({
      displayName: 'Bob',
      attributes: {
        tier: { value: 'gold', sayable: 'SAYABLE_MAY_MENTION' },
        churn: { sayable: 'SAYABLE_USE_SILENTLY' },
      },
    });
    expect((await update({ delete: ['churn'] })).customer!.attributes).not.toHaveProperty('churn');
    await expect(update({ set: { tier: { value: 'x' } }, delete: ['tier'] })).rejects.toMatchObject({
      kind: 'invalid',
    });
    await expect(update({ set: { 'bad name': { value: 'x' } } })).rejects.toMatchObject({ kind: 'invalid' });
    await expect(update({ delete: ['tier'], requestId: 'u1' })).rejects.toMatchObject({
      reason: 'IDEMPOTENCY_KEY_REUSED',
    });
  });

  test('lists customers page by page and by contact point', async () => {
    const ids: string[] = [];
    let pageToken = '';
    do {
      const page: journeyV1.ListCustomersResponse = await acme.listCustomers(
        journeyV1.ListCustomersRequest.fromPartial({ pageSize: 5, pageToken }),
      );
      ids.push(...page.customers.map(({ id }) => id));
      pageToken = page.nextPageToken;
    } while (pageToken !== '');
    expect(ids).toEqual([...new Set(ids)].sort());
    expect(ids).toContain(idOf('email:bob@example.org'));
    const found = await acme.listCustomers(
      journeyV1.ListCustomersRequest.fromPartial({ contactPoint: 'email:bob@example.org' }),
    );
    expect(found.customers.map(({ id }) => id)).toEqual([idOf('email:bob@example.org')]);
    await expect(
      acme.listCustomers(journeyV1.ListCustomersRequest.fromPartial({ contactPoint: 'bob' })),
    ).rejects.toMatchObject({ kind: 'invalid' });
    await expect(
      acme.listCustomers(journeyV1.ListCustomersRequest.fromPartial({ pageToken: 'x' })),
    ).rejects.toMatchObject({ reason: 'PAGE_TOKEN_INVALID' });
  });
});

describe('rebuilding', () => {
  test('reading everything again changes nothing, and a new database comes out byte for byte the same', async () => {
    const before = await running.rows();
    await running.replay();
    expect(await running.rows()).toEqual(before);
    const fresh = `${running.db.databaseName}-rebuilt`;
    await running.replay(fresh);
    await eventually(async () => ((await running.rows(fresh)).length === before.length ? true : undefined));
    expect(await running.rows(fresh)).toEqual(before);
  });
});

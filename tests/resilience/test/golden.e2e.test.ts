import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { decodeMessage } from '@throughline/bus';
import { routingV1 } from '@throughline/proto';
import { createClient } from '@throughline/rpc';
import { eventually, freePort } from '@throughline/testing';
import type { mongo } from 'mongoose';
import type { CollectionState, Recorded } from '../src/golden';
import { collectionState, goldenReleases, readGolden, stateFile } from '../src/golden';
import { infra } from '../src/infra';
import { openWorld } from '../src/world';

// P11: events of every release replay to the same state. Each service reads, alone, what the services of that release said; what
// it keeps of it must be what it kept when the history was recorded, on whatever day that is tried: its clock runs 400 days ahead.
// A service whose very task is to decide what may be done now reads it on the day of the history.
const WRITE = process.env['GOLDEN_WRITE'] === '1';
const DAY = 86_400_000;
const SKEW = WRITE ? 0 : 400 * DAY;
// By the clock of the process or by that of the database.
const since = Date.now() - 1_000;
const isNowBy =
  (skew: number) =>
  (ms: number): boolean =>
    [0, skew].some((off) => ms >= since + off && ms <= Date.now() + off + 1_000);
/** How and when a document was written, which depends on how events came in batches. */
const writing = ['outbox', 'outboxBy', 'unpublishedSince', 'version'];

interface Reader {
  /** In the order in which they are given to it: those that others refer to first. */
  topics: string[];
  /** Collections that it keeps of them. */
  keeps: string[];
  /** Fields that depend on when and how it is written, beside those of every service. */
  without?: string[];
  /** A document in the shape that it had when the history was recorded, where that is another now. */
  as?: (doc: mongo.Document) => mongo.Document;
  settings?: Record<string, string>;
  /** Its clock stands at the end of the history, however long ago that is. */
  thatDay?: true;
  /** Indexes by which the database removes what is old. They are gone once the first topic is read. */
  expires?: Record<string, string>;
  /** What an administrator of that release had set up, without which it would leave the events alone. */
  setUp?: (address: string, token: string) => Promise<void>;
}

const facts = [
  'conversation.conversations.v1',
  'routing.work.v1',
  'routing.agents.v1',
  'sla.clocks.v1',
  'sla.promises.v1',
  'feedback.surveys.v1',
  'feedback.cases.v1',
  'notification.deliveries.v1',
];
/** One queue for everything: what is kept of each contact is what its conversation says. */
const everythingToOneQueue = async (address: string, token: string): Promise<void> => {
  const client = createClient(routingV1.RoutingServiceService, address, { caller: () => token, deadlineMs: 30_000 });
  await client.createQueue({ queue: routingV1.Queue.fromPartial({ id: 'support', name: 'Support' }), requestId: 'q' });
  const rule = routingV1.RoutingRule.fromPartial({ name: 'all', queueId: 'support' });
  const routingPolicy = routingV1.RoutingPolicy.fromPartial({ id: 'default', rules: [rule] });
  await client.createRoutingPolicy({ routingPolicy, requestId: 'p' });
};

/** Dockets hold their state as text now, and beside it only what queries look at. */
const docketThen = ({ s, _id, tenantId, seq, shard, dueAt, riskAt, startedAt }: mongo.Document): mongo.Document => {
  const { id, openedAt, facts, ...state } = JSON.parse(s);
  return {
    ...state,
    ...{ _id, tenantId, seq, shard, dueAt, riskAt, startedAt },
    conversationId: id,
    openedAt: new Date(openedAt),
    facts: { ...facts, attributes: Object.entries(facts.attributes) },
  };
};

const readers: Record<string, Reader> = {
  journey: {
    topics: ['channel.inbound.v1', 'channel.outbound.v1', ...facts],
    keeps: ['timeline', 'customers'],
    settings: { JOURNEY_TOPICS: ['channel.inbound.v1', 'channel.outbound.v1', ...facts].join(',') },
  },
  conversation: {
    topics: ['channel.inbound.v1', 'journey.customers.v1', 'routing.work.v1', 'sla.clocks.v1', 'sla.promises.v1'],
    keeps: ['conversations', 'customer_links', 'set_aside'],
    // What is due is looked for after the test has ended.
    settings: { CONVERSATION_DUE_INTERVAL_MS: '60000', CONVERSATION_ACKNOWLEDGE_CHANNELS: 'none' },
  },
  sla: {
    topics: ['conversation.conversations.v1', 'feedback.cases.v1'],
    keeps: ['dockets'],
    as: docketThen,
  },
  notification: {
    topics: [
      'journey.customers.v1',
      'conversation.conversations.v1',
      'sla.clocks.v1',
      'sla.promises.v1',
      'feedback.cases.v1',
      'notification.requests.v1',
      'channel.inbound.v1',
    ],
    keeps: ['notices', 'deliveries', 'books', 'suppressions', 'customer_points', 'assignees'],
    settings: { NOTIFICATION_SECRET: 'a-secret-of-the-tests-with-32-characters', HTTP_PORT: '0' },
    thatDay: true,
    without: ['dueAt', 'cursor'],
    expires: { notices: 'kept' },
  },
  feedback: {
    topics: [
      'journey.customers.v1',
      'conversation.conversations.v1',
      'sla.promises.v1',
      'feedback.surveys.v1',
      'feedback.cases.v1',
      'notification.deliveries.v1',
      'channel.inbound.v1',
    ],
    keeps: ['dockets', 'people', 'cases', 'customer_links'],
    // Whether a contact stayed solved is known after the test has ended.
    settings: {
      FEEDBACK_LOOK_MS: '600000',
      FEEDBACK_LINK_KEYS: '[{"kid":1,"secret":"a secret only for tests, long enough"}]',
    },
  },
  routing: {
    topics: ['conversation.conversations.v1', 'sla.clocks.v1', 'feedback.surveys.v1', 'feedback.cases.v1'],
    keeps: ['work_items'],
    without: ['at', 'rev', 'eventSeq', 'asked'],
    setUp: everythingToOneQueue,
  },
};

type States = Record<string, Record<string, CollectionState>>;

const headersOf = (type: string | undefined) => (type ? { 'content-type': type } : undefined);
const contentType = (type: string | undefined): Record<string, Buffer> =>
  type ? { 'content-type': Buffer.from(type) } : {};

/** A minute after the last event. */
const endOf = (events: Recorded[]): number =>
  60_000 +
  Math.max(...events.map(({ value, type }) => decodeMessage({ value, headers: contentType(type) }).time.getTime()));

/** What a service keeps of the events of a release, after it has read them alone. */
const replay = async (
  service: string,
  events: Recorded[],
  release: string,
): Promise<Record<string, CollectionState>> => {
  const { topics, keeps, as, settings, thatDay, without = [], expires = {}, setUp } = readers[service]!;
  const skew = thatDay ? endOf(events) - Date.now() : SKEW;
  const world = await openWorld(infra(), {
    partitions: 1,
    config: { 'message.timestamp.after.max.ms': String(2 * 400 * DAY) },
  });
  try {
    const clock = { SKEW_MS: String(skew), NODE_OPTIONS: `--require ${join(__dirname, '..', 'src', 'skew.cjs')}` };
    const [port, ops] = [await freePort(), await freePort()];
    const own = { GRPC_PORT: String(port), OPS_PORT: String(ops), HTTP_PORT: '0' };
    const member = world.start(service, '', { ...settings, ...clock, ...own });
    if (setUp) {
      await eventually(service, async () => (await fetch(`http://127.0.0.1:${ops}/readyz`)).ok, 60_000);
      await setUp(`127.0.0.1:${port}`, world.callerToken(skew, 'demo'));
    }
    let kept = Object.entries(expires);
    for (const topic of topics) {
      const own = events.filter((event) => event.topic === topic);
      if (own.length === 0) continue;
      await world.bus.producer.publish(
        own.map(({ key, value, type }) => ({ topic, key, value, headers: headersOf(type) })),
      );
      for (const end = Date.now() + 60_000; (await world.bus.admin.lag(service, [topic])) > 0; ) {
        if (Date.now() > end || !member.alive()) throw new Error(`${service} did not read ${topic}: ${member.log()}`);
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      for (const [collection, index] of kept) await world.database(service).collection(collection).dropIndex(index);
      kept = [];
    }
    await member.leave();
    if (process.env['GOLDEN_LINES']) console.log(service, member.log());
    const states: Record<string, CollectionState> = {};
    for (const name of keeps) {
      const { lines, ...state } = await collectionState(
        world.database(service).collection(name),
        [...writing, ...without],
        isNowBy(skew),
        as,
      );
      states[name] = state;
      if (process.env['GOLDEN_LINES']) {
        const file = `${release}-${service}-${name}-${WRITE ? 'written' : 'now'}.ndjson`;
        writeFileSync(join(process.env['GOLDEN_LINES'], file), `${lines.join('\n')}\n`);
      }
    }
    return states;
  } finally {
    await world.close();
  }
};

describe.each(goldenReleases())('events of release %s', (release) => {
  const events = readGolden(release);
  const written: States = {};
  const expected = existsSync(stateFile(release))
    ? (JSON.parse(readFileSync(stateFile(release), 'utf8')) as States)
    : {};
  afterAll(() => {
    if (WRITE) writeFileSync(stateFile(release), `${JSON.stringify(written, null, 2)}\n`);
  });

  it('are read, and are of many types', () => {
    const types = events.map(({ value, type }) => decodeMessage({ value, headers: contentType(type) }).type);
    expect(new Set(types).size).toBeGreaterThan(30);
  });

  // Side by side: each has topics and a database of its own.
  const replays = new Map<string, Promise<Record<string, CollectionState>>>();
  beforeAll(() => {
    for (const service of Object.keys(readers)) {
      const running = replay(service, events, release);
      running.catch(() => undefined);
      replays.set(service, running);
    }
  });

  it.each(Object.keys(readers))(
    'leave %s in the state that they left it in then',
    async (service) => {
      const states = await replays.get(service)!;
      written[service] = states;
      // A replay that left nothing would prove nothing.
      expect(Object.values(states)[0]!.documents).toBeGreaterThan(5);
      if (!WRITE) expect(states).toEqual(expected[service]);
    },
    120_000,
  );

  it('leave another state when one of them is lost', async () => {
    const last = events.findLast(({ topic }) => topic === 'conversation.conversations.v1');
    const without = events.filter((event) => event !== last);
    expect(await replay('journey', without, release)).not.toEqual(await replays.get('journey'));
  }, 120_000);
});

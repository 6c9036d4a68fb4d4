import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { decodeMessage } from '@throughline/bus';
import type { CollectionState, Recorded } from '../src/golden';
import { collectionState, goldenReleases, readGolden, stateFile } from '../src/golden';
import { infra } from '../src/infra';
import { openWorld } from '../src/world';

// P11: events of every release replay to the same state. Each service reads, alone, what the services of that release said; what
// it keeps of it must be what it kept when the history was recorded, on whatever day that is tried: its clock runs 400 days ahead.
const WRITE = process.env['GOLDEN_WRITE'] === '1';
const DAY = 86_400_000;
const SKEW = WRITE ? 0 : 400 * DAY;
// By the clock of the process or by that of the database.
const since = Date.now() - 1_000;
const isNow = (ms: number): boolean => [0, SKEW].some((off) => ms >= since + off && ms <= Date.now() + off + 1_000);
/** How and when a document was written, which depends on how events came in batches. */
const writing = ['outbox', 'outboxBy', 'unpublishedSince', 'version'];

interface Reader {
  /** In the order in which they are given to it: those that others refer to first. */
  topics: string[];
  /** Collections that it keeps of them. */
  keeps: string[];
  settings?: Record<string, string>;
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
  },
};

type States = Record<string, Record<string, CollectionState>>;

const headersOf = (type: string | undefined) => (type ? { 'content-type': type } : undefined);

/** What a service keeps of the events of a release, after it has read them alone. */
const replay = async (
  service: string,
  events: Recorded[],
  release: string,
): Promise<Record<string, CollectionState>> => {
  const { topics, keeps, settings } = readers[service]!;
  const world = await openWorld(infra(), {
    partitions: 1,
    config: { 'message.timestamp.after.max.ms': String(2 * 400 * DAY) },
  });
  try {
    const clock = { SKEW_MS: String(SKEW), NODE_OPTIONS: `--require ${join(__dirname, '..', 'src', 'skew.cjs')}` };
    const member = world.start(service, '', { ...settings, ...clock });
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
    }
    await member.leave();
    if (process.env['GOLDEN_LINES']) console.log(service, member.log());
    const states: Record<string, CollectionState> = {};
    for (const name of keeps) {
      const { lines, ...state } = await collectionState(world.database(service).collection(name), writing, isNow);
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
    const types = events.map(({ value, type }) => {
      const headers = type ? { 'content-type': Buffer.from(type) } : {};
      return decodeMessage({ value, headers }).type;
    });
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

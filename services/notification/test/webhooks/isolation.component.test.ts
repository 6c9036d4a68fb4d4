import type { Receiver, World } from './support';
import { eventually, numbers, startReceiver, startWebhooks } from './support';

const PAIRS = 6;
const MOVED = 1.2;
const TICKS = 120;
const TICK_MS = 100;
const PER_TICK = 1;
const ENTITIES = 40;
const TENANT = 'iso';

let receivers: Receiver[];
let world: World;

beforeAll(async () => {
  receivers = await Promise.all(numbers(5).map(startReceiver));
  world = await startWebhooks(receivers, {
    NOTIFICATION_WEBHOOK_FIRST_RETRY_MS: '1000',
    // Nothing changes hands here. A lease that is shorter than a write takes on a busy disk would be held by nobody.
    NOTIFICATION_WEBHOOK_LEASE_MS: '20000',
  });
}, 120_000);
afterAll(async () => {
  await world?.stop();
  for (const receiver of receivers) receiver.stop();
});

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const percentile = (values: number[], share: number): number =>
  [...values].sort((a, b) => a - b)[Math.min(Math.floor(values.length * share), values.length - 1)]!;
const median = (values: number[]): number => percentile(values, 0.5);

describe('one slow and one dead receiver', () => {
  it('do not move the p99 of the others by a fifth', async () => {
    const [slow, dead, ...others] = receivers as [Receiver, Receiver, ...Receiver[]];
    for (const receiver of receivers) await world.endpoint(TENANT, receiver);
    const entities = numbers(ENTITIES).map((n) => `e${n}`);
    let said = 0;
    const publishedAt = new Map<string, number>();
    const counts = new Map<string, number>();
    let slowMs = 0;
    let alive = true;
    const waiting = new Set<NodeJS.Timeout>();
    slow.answers((response, take) => {
      take();
      const timer = setTimeout(() => {
        waiting.delete(timer);
        response.end();
      }, slowMs);
      waiting.add(timer);
    });
    dead.answers((response, take) => {
      // Takes the connection and the request, and never says a word.
      if (!alive) return;
      take();
      response.end();
    });

    /** Latencies from publishing to receiving, of the others, while the two behave or not. */
    const measure = async (): Promise<number[]> => {
      const from = others.map(({ taken }) => taken.length);
      for (let tick = 0; tick < TICKS; tick++) {
        const chosen = numbers(PER_TICK).map((n) => entities[(said + n) % ENTITIES]!);
        said += PER_TICK;
        const at = Date.now();
        for (const entity of chosen) {
          const n = (counts.get(entity) ?? 0) + 1;
          counts.set(entity, n);
          publishedAt.set(`${entity}/${n}`, at);
        }
        await world.say(TENANT, chosen);
        await sleep(Math.max(TICK_MS - (Date.now() - at), 0));
      }
      await eventually(
        'all at the others',
        () => others.every(({ taken }, i) => taken.length >= from[i]! + TICKS * PER_TICK),
        120_000,
      );
      return others.flatMap(({ taken }, i) =>
        taken.slice(from[i]).map(({ entity, seq, at }) => at - publishedAt.get(`${entity}/${seq}`)!),
      );
    };
    const caughtUp = () =>
      eventually(
        'the two to catch up',
        async () => (await world.db.collection('webhook_deliveries').countDocuments({ state: 'pending' })) === 0,
        120_000,
      );

    await measure();
    await caughtUp();
    const p99s = { calm: [] as number[], disturbed: [] as number[] };
    const moved = () => median(p99s.disturbed) / median(p99s.calm);
    for (let pair = 1; pair <= PAIRS && !(moved() < MOVED); pair++) {
      const calm = await measure();
      await caughtUp();
      slowMs = 4_000;
      alive = false;
      const disturbed = await measure();
      const held = await world.db.collection('webhook_deliveries').countDocuments({ state: 'pending' });
      // They really were slow and dead: nearly everything of theirs waits.
      expect(held).toBeGreaterThan(TICKS * PER_TICK);
      slowMs = 0;
      alive = true;
      await caughtUp();
      const [a, b] = [percentile(calm, 0.99), percentile(disturbed, 0.99)];
      p99s.calm.push(a);
      p99s.disturbed.push(b);
      console.info(
        `pair ${pair}: p50 ${median(calm)} → ${median(disturbed)} ms, p99 ${a} → ${b} ms, ratio ${(b / a).toFixed(2)}`,
      );
    }
    for (const timer of waiting) clearTimeout(timer);
    // The machine does other things as well, in some runs and on either side: the middle one of each side counts.
    expect(moved()).toBeLessThan(MOVED);
    for (const entity of entities.slice(0, 5)) {
      for (const receiver of others) expect(receiver.seqs(entity)).toEqual(numbers(counts.get(entity)!));
      expect(dead.seqs(entity)).toEqual(numbers(counts.get(entity)!));
    }
  }, 600_000);
});

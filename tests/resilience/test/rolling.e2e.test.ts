import { insist } from '../src/ask';
import { judgeEffects, onceEach } from '../src/effects';
import type { Fleet } from '../src/fleet';
import { startFleet } from '../src/fleet';
import { judge, perfect } from '../src/history';
import { infra, long } from '../src/infra';
import type { Traffic } from '../src/traffic';
import { effectsOfTraffic, startTraffic } from '../src/traffic';
import type { World } from '../src/world';
import { chatMessage, openWorld, pause } from '../src/world';

const rounds = long ? 5 : 1;
const threads = 40;
// A built checkout of the release before: then all begin as that, are rolled forward, back and forward again.
const previousRelease = process.env['PREVIOUS_RELEASE'];

/** Channel events straight into Kafka, in order per thread; what was acknowledged is remembered. */
const startEvents = (world: World) => {
  const acked = new Map<string, number[]>();
  const next = new Map<string, number>();
  let going = true;
  let turn = 0;
  const done = (async () => {
    for (; going; await pause(100)) {
      const batch = Array.from({ length: 2 }, () => {
        const thread = `t${(turn++ * 7) % threads}`;
        const number = (next.get(thread) ?? 0) + 1;
        next.set(thread, number);
        return chatMessage(thread, number, Date.now());
      });
      await world.bus.producer.publish(batch.map(({ record }) => record));
      for (const { key, number } of batch) acked.set(key, [...(acked.get(key) ?? []), number]);
    }
  })();
  return {
    acked,
    async stop() {
      going = false;
      await done;
    },
  };
};

const table = (traffic: Traffic[]): string =>
  traffic
    .map(
      ({ kind, asked, failed, again, slowest }) =>
        `${kind}: ${asked} asked, ${failed.length} failed, ${again} asked again, slowest ${slowest} ms`,
    )
    .join('\n');

describe('rolling every service under load fails no request and loses, doubles and reorders nothing (P11)', () => {
  let world: World;
  let fleet: Fleet;
  const homes: string[] = [];
  beforeAll(async () => {
    world = await openWorld(infra());
    fleet = await startFleet({
      ...world.infra,
      topicPrefix: `${world.run}.`,
      databasePrefix: `${world.run}-`,
      previousRelease,
      extraEnv: {
        CONVERSATION_ACKNOWLEDGE_CHANNELS: 'none',
        GATEWAY_KEY_REQUESTS_PER_SECOND: '100000',
        GATEWAY_TENANT_REQUESTS_PER_SECOND: '100000',
        // On a busy machine the guard against overload would answer in place of what is tried here.
        GATEWAY_MAX_LAG_MS: '60000',
      },
    });
    const port = Number(new URL(fleet.product.restUrl).port);
    // Enough of them that few writes meet on one.
    const open = async (i: number) => {
      const { body } = await insist({
        port,
        key: fleet.product.apiKey,
        method: 'POST',
        path: '/v1/conversations',
        body: { channel: 'email', contactPoint: { type: 'CONTACT_POINT_TYPE_EMAIL', value: `home${i}@x.example` } },
        idempotencyKey: `home-${i}`,
      });
      homes.push((body['conversation'] as { id: string }).id);
    };
    for (let i = 0; i < 64; i += 8) await Promise.all(Array.from({ length: 8 }, (_, k) => open(i + k)));
  }, 180_000);
  afterAll(async () => {
    await fleet?.close();
    await world?.close();
  }, 60_000);

  it(
    `each ${rounds}×, versions side by side`,
    async () => {
      const events = startEvents(world);
      const { traffic, stop } = startTraffic(fleet.product, homes);
      await pause(2_000);
      const ends = new Map<string, unknown>();
      const rollAll = async (round: number) => {
        const drained: string[] = [];
        for (const name of fleet.names) {
          const { drainMs, end } = await fleet.roll(name, round % 2 === 1);
          drained.push(`${name} ${drainMs} ms`);
          if (end !== 0) ends.set(`${name} ${round}`, end);
        }
        console.info(`round ${round + 1}, drained: ${drained.join(', ')}`);
      };
      try {
        for (let round = 0; round < rounds; round++) await rollAll(round);
        await pause(1_000);
      } finally {
        await Promise.all([stop(), events.stop()]);
      }
      await world.settled();
      console.info(table(traffic));
      expect(traffic.flatMap(({ kind, failed }) => failed.map((what) => `${kind} ${what}`))).toEqual([]);
      expect([...ends]).toEqual([]);
      const seen = (await world.timeline()).filter(({ key }) => events.acked.has(key));
      expect(judge(events.acked, seen)).toEqual(perfect);
      const acknowledged = traffic.flatMap((one) => one.acknowledged);
      expect(acknowledged.length).toBeGreaterThan(50);
      expect(judgeEffects(acknowledged, await effectsOfTraffic(world))).toEqual(onceEach);
    },
    long ? 1_800_000 : 400_000,
  );

  it('a roll without readiness and drain is seen by the same checker', async () => {
    const { traffic, stop } = startTraffic(fleet.product, homes);
    await pause(1_000);
    await fleet.rollCarelessly('gateway');
    await stop();
    expect(traffic.flatMap(({ failed }) => failed).length).toBeGreaterThan(0);
  }, 120_000);
});

import { startMessageProvider } from '@throughline/local';
import { commonV1, notificationV1 as v1 } from '@throughline/proto';
import { createClient } from '@throughline/rpc';
import { eventually, freePort } from '@throughline/testing';
import { infra, long } from '../src/infra';
import { chooseSeed, randomFrom } from '../src/seed';
import type { Member, World } from '../src/world';
import { openWorld, pause, TENANT } from '../src/world';

const sends = Number(process.env['SENDS'] ?? (long ? 20_000 : 300));
const kills = Number(process.env['KILLS'] ?? (long ? 50 : 4));
const atOnce = long ? 64 : 24;
const fifteenMinutes = 900_000;
const account = { accountSid: 'ACtest', authToken: 'token-of-the-tests' };
const over = ['sent', 'delivered', 'read', 'failed', 'bounced', 'refused'];

const numberOf = (i: number): string => `+49151${String(10_000_000 + i)}`;

describe('no duplicate message to a customer, none forgotten (P8)', () => {
  let world: World;
  beforeAll(async () => {
    world = await openWorld(infra());
  }, 30_000);
  afterAll(() => world?.close(), 30_000);

  it(
    `${sends} text messages, ${kills} kills; the provider drops 20 % of its answers, fails 10 %, reports twice and out of order`,
    async () => {
      const random = randomFrom(chooseSeed());
      const faults = { drop: 0, fail: 0 };
      const provider = await startMessageProvider({
        port: 0,
        ...account,
        unruly: true,
        fault() {
          const chance = random();
          const fault = chance < 0.2 ? 'drop' : chance < 0.3 ? 'fail' : 'none';
          if (fault !== 'none') faults[fault]++;
          return fault;
        },
      });
      const settings = async () => {
        const [grpc, http, ops] = [await freePort(), await freePort(), await freePort()];
        return {
          grpc,
          ops,
          env: {
            GRPC_PORT: String(grpc),
            HTTP_PORT: String(http),
            OPS_PORT: String(ops),
            NOTIFICATION_SECRET: 'a-secret-of-the-tests-with-32-characters',
            NOTIFICATION_PUBLIC_URL: `http://127.0.0.1:${http}`,
            NOTIFICATION_LOOK_EVERY_MS: '100',
            NOTIFICATION_PROVIDER_DEADLINE_MS: '1000',
            NOTIFICATION_LEASE_MS: '3000',
            NOTIFICATION_SHARE_LEASE_MS: '3000',
            NOTIFICATION_SETTLE_MS: '5000',
            NOTIFICATION_PROVIDERS: JSON.stringify([
              { tenantId: TENANT, url: `http://127.0.0.1:${provider.port}`, from: '+493012345678', ...account },
            ]),
          },
        };
      };
      const [one, two] = [await settings(), await settings()];
      const specs = [one, two];
      const ready = async ({ ops }: { ops: number }) => (await fetch(`http://127.0.0.1:${ops}/readyz`)).ok;
      // After a kill -9 Kafka lets the process in again when its session has run out. What is sent does not wait for that, nor
      // do we: most of the time nobody would be killed.
      const works = async ({ ops }: { ops: number }) => {
        const answer = await fetch(`http://127.0.0.1:${ops}/readyz`);
        const { reasons } = (await answer.json()) as { reasons: string[] };
        return !reasons.includes('starting');
      };
      const members: Member[] = specs.map(({ env }) => world.start('notification', '', env));
      for (const spec of specs) await eventually('a process', () => ready(spec), 60_000);
      const clients = specs.map(({ grpc }) =>
        createClient(v1.NotificationServiceService, `127.0.0.1:${grpc}`, {
          caller: world.callerToken,
          deadlineMs: 10_000,
        }),
      );

      const request = (i: number) =>
        v1.SendNotificationRequest.fromPartial({
          requestId: `send ${i}`,
          notification: {
            to: { type: commonV1.ContactPointType.PHONE, value: numberOf(i) },
            // A third of them at most once, as all but transactional ones are.
            messageClass: i % 3 === 0 ? v1.MessageClass.SERVICE : v1.MessageClass.TRANSACTIONAL,
            content: { $case: 'plain', value: { text: `message ${i}` } },
          },
        } as never);
      const ids = new Map<string, number>();
      let next = 0;
      let killed = 0;
      // A share of them before each kill and after the last, so that each kill meets messages under way.
      const sender = async () => {
        while (next < sends) {
          if (next >= (sends * (killed + 1)) / (kills + 1)) {
            await pause(20);
            continue;
          }
          const i = next++;
          for (let turn = i; ; turn++) {
            try {
              const { delivery } = await clients[turn % 2]!.sendNotification(request(i));
              ids.set(delivery!.id, i);
              break;
            } catch {
              // The process died: whoever asked asks again, with the same request id.
              await pause(100);
            }
          }
        }
      };
      const sendingBegan = Date.now();
      const sending = Promise.all(Array.from({ length: atOnce }, sender));
      let all = false;
      void sending.then(() => {
        all = true;
      });
      for (let i = 0; i < kills; i++) {
        await pause(800 + random() * 700);
        const which = i % 2;
        await members[which]!.kill();
        killed++;
        members[which] = world.start('notification', '', specs[which]!.env);
        await eventually('it is back', () => works(specs[which]!), 60_000);
      }
      await sending;
      expect(all).toBe(true);
      const sendingMs = Date.now() - sendingBegan;

      const deliveries = () => world.database('notification').collection('deliveries');
      const begun = Date.now();
      await eventually(
        'every message has its fate',
        async () => {
          await pause(500);
          return (await deliveries().countDocuments({ state: { $nin: over } })) === 0;
        },
        long ? fifteenMinutes : 90_000,
      );
      const settledMs = Date.now() - begun;
      const states = await deliveries()
        .aggregate<{ _id: string; n: number }>([{ $group: { _id: '$state', n: { $sum: 1 } } }, { $sort: { _id: 1 } }])
        .toArray();
      const doubted = await deliveries().countDocuments({ 'history.state': 'unknown' });
      const longest = await deliveries()
        .aggregate<{ ms: number }>([
          { $match: { 'history.state': 'unknown' } },
          { $project: { history: { state: 1, at: 1 } } },
          { $project: { step: { $zip: { inputs: ['$history', { $slice: ['$history', 1, 40] }] } } } },
          { $unwind: '$step' },
          { $match: { 'step.0.state': 'unknown' } },
          { $project: { ms: { $subtract: [{ $last: '$step.at' }, { $first: '$step.at' }] } } },
          { $sort: { ms: -1 } },
          { $limit: 1 },
        ])
        .next();
      const perBody = new Map<string, number>();
      for (const { body } of provider.taken) perBody.set(body, (perBody.get(body) ?? 0) + 1);
      const twice = [...perBody].filter(([, n]) => n > 1);
      const fates = Object.fromEntries(states.map(({ _id, n }) => [_id, n]));
      const doubtMs = longest?.ms ?? 0;
      const taken = provider.taken.length;
      console.info(
        JSON.stringify({
          sends,
          kills,
          faults,
          doubted,
          doubtMs,
          twice: twice.length,
          fates,
          taken,
          sendingMs,
          settledMs,
        }),
      );
      await provider.stop();

      expect(twice).toEqual([]);
      expect(ids.size).toBe(sends);
      expect(states.reduce((sum, { n }) => sum + n, 0)).toBe(sends);
      // What the provider took is known as taken, and the other way round.
      const went = (fates['sent'] ?? 0) + (fates['delivered'] ?? 0);
      expect(provider.taken.length).toBe(went);
      expect(fates['refused'] ?? 0).toBe(0);
      expect(doubted).toBeGreaterThan(sends / 20);
      expect(doubtMs).toBeLessThan(fifteenMinutes);
      expect(faults.drop).toBeGreaterThan(0);
      expect(faults.fail).toBeGreaterThan(0);
    },
    long ? 3_600_000 : 300_000,
  );
});

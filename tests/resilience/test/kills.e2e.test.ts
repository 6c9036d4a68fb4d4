import { judge, perfect } from '../src/history';
import { infra, long } from '../src/infra';
import { chooseSeed, randomFrom } from '../src/seed';
import type { Member, Sent, World } from '../src/world';
import { chatMessage, openWorld, pause } from '../src/world';

const kills = long ? 50 : 6;
// A killed member's place in its group is free again after its session, so waits of seconds are part of every kill.
const messages = long ? 100_000 : 3_000;
const threads = long ? 2_000 : 150;

/** Named points between the steps of the work, and which service passes them. */
const points: [string, string][] = [
  ['conversation', 'after-append:2'],
  ['conversation', 'after-publish:2'],
  ['conversation', 'before-commit:2'],
  ['conversation', 'after-commit:2'],
  ['journey', 'before-commit:2'],
  ['journey', 'after-commit:2'],
];

describe('killed services lose, double and reorder nothing (P2, P3, P4)', () => {
  let world: World;
  beforeAll(async () => {
    world = await openWorld(infra());
  }, 30_000);
  afterAll(() => world?.close(), 30_000);

  it(
    `${kills} kills, named crash points, 30 % repeated, offsets set back`,
    async () => {
      const random = randomFrom(chooseSeed());
      const running: Record<string, Member> = {
        journey: world.start('journey'),
        conversation: world.start('conversation'),
      };
      const acked = new Map<string, number[]>();
      const all: Sent[] = [];
      let at = Date.now() - messages;
      const next = new Map<string, number>();
      const publishSome = async (count: number) => {
        const batch: Sent[] = [];
        for (let i = 0; i < count; i++) {
          const thread = `t${Math.floor(random() * threads)}`;
          const number = (next.get(thread) ?? 0) + 1;
          next.set(thread, number);
          batch.push(chatMessage(thread, number, at++));
        }
        const repeated = all.filter(() => random() < (0.3 * count) / Math.max(1, all.length));
        await world.bus.producer.publish([...batch, ...repeated].map(({ record }) => record));
        for (const sent of batch) {
          acked.set(sent.key, [...(acked.get(sent.key) ?? []), sent.number]);
          all.push(sent);
        }
      };
      for (let i = 0; i < kills; i++) {
        const [service, point] = points[i % points.length]!;
        await running[service]!.kill();
        const doomed = world.start(service, point);
        running[service] = doomed;
        await publishSome(Math.floor(messages / kills));
        const end = Date.now() + 15_000;
        while (doomed.alive() && Date.now() < end) await pause(50);
        // One that never came to its point is killed where it is.
        if (doomed.alive()) await doomed.kill();
        running[service] = world.start(service);
      }
      await world.settled();
      for (const service of ['conversation', 'journey']) await running[service]!.kill();
      await pause(11_000);
      await world.bus.admin.resetOffsets('conversation', world.topics);
      await world.bus.admin.resetOffsets('journey', world.topics);
      world.start('journey');
      world.start('conversation');
      await world.settled();
      expect(judge(acked, await world.timeline())).toEqual(perfect);
    },
    long ? 1_800_000 : 240_000,
  );
});

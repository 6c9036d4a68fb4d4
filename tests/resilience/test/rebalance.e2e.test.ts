import { eventually } from '@throughline/testing';
import { judge, perfect } from '../src/history';
import { infra, long } from '../src/infra';
import { chooseSeed, randomFrom } from '../src/seed';
import type { Member, World } from '../src/world';
import { chatMessage, openWorld, pause } from '../src/world';

const stormMs = long ? 300_000 : 30_000;
const turnMs = 2_000;
const perSecond = 100;
const threads = long ? 1_000 : 100;
// The consumers' session lasts 10 s: a process that stands still for longer wakes as one that lost its partitions.
const zombieMs = 13_000;

describe('members come and go, and one that was given up wakes again (P3, P4)', () => {
  let world: World;
  beforeAll(async () => {
    world = await openWorld(infra());
  }, 30_000);
  afterAll(() => world?.close(), 30_000);

  it(
    `a storm of ${stormMs / 1000} s, a member joining or leaving every ${turnMs / 1000} s, zombies of both services`,
    async () => {
      const random = randomFrom(chooseSeed());
      const sleeping = { conversation: world.start('conversation'), journey: world.start('journey') };
      const steady = { conversation: world.start('conversation'), journey: world.start('journey') };
      await world.bus.producer.publish([chatMessage('warm', 1, Date.now()).record]);
      await eventually('the first message on the timeline', async () => (await world.timeline()).length === 1, 40_000);

      const sent = new Map<string, number[]>([['warm', [1]]]);
      const end = Date.now() + stormMs;
      let at = Date.now();
      const write = async () => {
        for (let due = Date.now(); Date.now() < end; await pause(Math.max(0, (due += 100) - Date.now()))) {
          const batch = Array.from({ length: perSecond / 10 }, () => {
            const thread = `t${Math.floor(random() * threads)}`;
            const numbers = sent.get(thread) ?? [];
            sent.set(thread, [...numbers, numbers.length + 1]);
            return chatMessage(thread, numbers.length + 1, at++);
          });
          await world.bus.producer.publish(batch.map(({ record }) => record));
        }
      };
      let turns = 0;
      const storm = async () => {
        const guests: Member[] = [];
        for (let due = Date.now(); Date.now() < end; await pause(Math.max(0, (due += turnMs) - Date.now()))) {
          turns++;
          if (guests.length < 2 && (guests.length === 0 || random() < 0.5)) guests.push(world.start('conversation'));
          else {
            const guest = guests.shift()!;
            // Most drain and say goodbye, some just die.
            await (random() < 0.8 ? guest.leave() : guest.kill());
          }
        }
      };
      let zombies = 0;
      const haunt = async () => {
        while (Date.now() + zombieMs + 5_000 < end) {
          await pause(4_000);
          for (const member of Object.values(sleeping)) member.signal('SIGSTOP');
          await pause(zombieMs);
          for (const member of Object.values(sleeping)) member.signal('SIGCONT');
          zombies++;
        }
      };
      await Promise.all([write(), storm(), haunt()]);
      await world.settled(60_000);
      const told = await world.told();
      const total = [...sent.values()].reduce((sum, numbers) => sum + numbers.length, 0);
      console.info(`${total} messages, ${turns} turns, ${zombies} times asleep and awake again`);
      expect(zombies).toBeGreaterThan(0);
      expect(turns).toBeGreaterThanOrEqual((stormMs / turnMs) * 0.5);
      for (const member of [...Object.values(sleeping), ...Object.values(steady)]) expect(member.alive()).toBe(true);
      expect(judge(sent, told)).toEqual(perfect);
      expect(judge(sent, await world.timeline())).toEqual(perfect);
    },
    stormMs + 180_000,
  );
});

import type { Api } from '../src/api';
import { apiKey, startApi } from '../src/api';
import { insist } from '../src/ask';
import { effectsOf, judgeEffects, onceEach } from '../src/effects';
import { infra, long } from '../src/infra';
import type { OwnMongo } from '../src/own-mongo';
import { startOwnMongo } from '../src/own-mongo';
import { chooseSeed, randomFrom } from '../src/seed';
import type { World } from '../src/world';
import { openWorld, pause } from '../src/world';

const harms = long ? 20 : 2;
const writers = 8;

describe('what was acknowledged is there, whatever happened to the database (P1)', () => {
  let mongo: OwnMongo;
  let world: World;
  let api: Api;
  beforeAll(async () => {
    mongo = await startOwnMongo();
    world = await openWorld({ kafkaBrokers: infra().kafkaBrokers, mongoUrl: mongo.url });
    api = await startApi(world);
  }, 180_000);
  afterAll(async () => {
    await api?.stop();
    await world?.close();
    await mongo?.stop();
  }, 60_000);

  it(
    `writes through the API while MongoDB is killed ${harms} times and stands still ${harms} times`,
    async () => {
      const random = randomFrom(chooseSeed());
      const acked: { id: string; marker: string; kind: 'conversation' | 'message' }[] = [];
      const bad: unknown[] = [];
      let count = 0;
      let troubled = 0;
      let running = true;
      const post = async (path: string, body: object, kind: 'conversation' | 'message', marker: string) => {
        const question = { port: api.port, key: apiKey, method: 'POST', path, body, idempotencyKey: marker };
        const answer = await insist(question, 90_000);
        if (answer.unanswered + answer.refused > 0) troubled++;
        if (answer.status !== 200) bad.push(answer);
        const { id } = (answer.body[kind] ?? {}) as { id: string };
        acked.push({ id, marker, kind });
        return id;
      };
      const writer = async () => {
        while (running) {
          const marker = `#d${count++}#`;
          const contactPoint = { type: 'CONTACT_POINT_TYPE_EMAIL', value: `d${count}@x.example` };
          const id = await post(
            '/v1/conversations',
            { channel: 'email', contactPoint, subject: marker },
            'conversation',
            marker,
          );
          const note = `#d${count++}#`;
          await post(`/v1/conversations/${id}/notes`, { text: note }, 'message', note);
        }
      };
      const harm = async () => {
        for (let i = 0; i < harms * 2; i++) {
          const before = acked.length;
          await pause(500 + random() * 1_500);
          if (i % 2 === 0) await mongo.killAndRestart();
          else await mongo.freeze(2_000 + random() * 1_500);
          // Only what is acknowledged after one harm can be lost by the next.
          const end = Date.now() + 60_000;
          while (acked.length < before + 20 && Date.now() < end) await pause(50);
          expect(acked.length).toBeGreaterThanOrEqual(before + 20);
        }
        // The last thing that happens to it is a kill, with writes under way.
        await mongo.killAndRestart();
        running = false;
      };
      const writing = Promise.all(Array.from({ length: writers }, writer));
      try {
        await harm();
      } finally {
        running = false;
        await writing;
      }
      console.info(`${acked.length} acknowledged, ${troubled} of them after failed tries`);
      expect(bad).toEqual([]);
      expect(troubled).toBeGreaterThan(0);

      const stored = async (): Promise<string[]> => {
        const found: string[] = [];
        for await (const entry of world.database('conversation').collection('entries').find()) {
          for (const event of JSON.parse(entry['ch']) as { type: string; message?: { id: string } }[]) {
            if (event.type === 'opened') found.push(`conversation ${String(entry['k']).split('/')[1]}`);
            if (event.type === 'note_added') found.push(`message ${event.message?.id}`);
          }
        }
        return found;
      };
      const ids = acked.map(({ id, kind }) => `${kind} ${id}`);
      expect(judgeEffects(ids, await stored())).toEqual(onceEach);
      const told = acked.map(
        ({ marker, kind }) => `${kind === 'message' ? 'NoteAdded' : 'ConversationOpened'} ${marker}`,
      );
      const end = Date.now() + 60_000;
      let verdict = judgeEffects(told, await effectsOf(world, 'd'));
      // What a broken moment left unpublished is taken over some seconds later.
      while (verdict.missing > 0 && Date.now() < end) {
        await pause(1_000);
        verdict = judgeEffects(told, await effectsOf(world, 'd'));
      }
      expect(verdict).toEqual(onceEach);

      // The checker would have seen one lost write among all.
      const { deletedCount } = await world
        .database('conversation')
        .collection('entries')
        .deleteOne({ ch: /"type":"note_added"/ });
      expect(deletedCount).toBe(1);
      expect(judgeEffects(ids, await stored())).toEqual({ ...onceEach, missing: 1 });
    },
    long ? 1_800_000 : 180_000,
  );
});

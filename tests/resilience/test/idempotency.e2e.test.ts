import type { Api } from '../src/api';
import { apiKey, startApi } from '../src/api';
import type { Question } from '../src/ask';
import { ask, insist } from '../src/ask';
import { effectsOf, judgeEffects, onceEach } from '../src/effects';
import type { FaultProxy } from '../src/fault-proxy';
import { startFaultProxy } from '../src/fault-proxy';
import { infra, long } from '../src/infra';
import { chooseSeed, randomFrom } from '../src/seed';
import type { World } from '../src/world';
import { openWorld, pause } from '../src/world';

const writes = long ? 1_000 : 24;
const copies = 50;
const atOnce = 3;

interface Write {
  question: Omit<Question, 'port' | 'key'>;
  /** The same with other words. */
  changed: unknown;
  effects: string[];
}

describe('a write has one effect, however often it is sent and however many answers are lost (P5)', () => {
  let world: World;
  let api: Api;
  let front: FaultProxy;
  const random = randomFrom(chooseSeed());
  // What still asks when the test has failed must not go on for ever.
  const over = new AbortController();
  beforeAll(async () => {
    world = await openWorld(infra());
    api = await startApi(world);
    front = await startFaultProxy(api.port, () => {
      const draw = random();
      if (draw < 0.15) return { kind: 'swallow' };
      if (draw < 0.18) return { kind: 'half-open' };
      if (draw < 0.22) return { kind: 'reset' };
      if (draw < 0.35) return { kind: 'latency', ms: 100 };
      return { kind: 'pass' };
    });
  }, 120_000);
  afterAll(async () => {
    over.abort();
    await front?.stop();
    await api?.stop();
    await world?.close();
  }, 30_000);

  const create = (marker: string, address: string) => ({
    channel: 'email',
    contactPoint: { type: 'CONTACT_POINT_TYPE_EMAIL', value: address },
    subject: marker,
  });
  const direct = (question: Omit<Question, 'port' | 'key'>) => ({ port: api.port, key: apiKey, ...question });

  it(
    `${copies} copies at once of each of ${writes} writes, a fifth of the answers lost`,
    async () => {
      const homes: string[] = [];
      for (let i = 0; i < 12; i++) {
        const path = '/v1/conversations';
        const body = create('home', `home${i}@x.example`);
        const { body: answer } = await insist(direct({ method: 'POST', path, body, idempotencyKey: `home-${i}` }));
        homes.push((answer['conversation'] as { id: string }).id);
      }
      const write = (number: number): Write => {
        const marker = `#w${number}#`;
        const home = homes[number % homes.length]!;
        const base = { method: 'POST', idempotencyKey: `write-${number}` };
        const other = `${marker} other words`;
        switch (number % 4) {
          case 0:
            return {
              question: { ...base, path: '/v1/conversations', body: create(marker, `w${number}@x.example`) },
              changed: create(other, `w${number}@x.example`),
              effects: [`ConversationOpened ${marker}`],
            };
          case 1:
            return {
              question: { ...base, path: `/v1/conversations/${home}/notes`, body: { text: marker } },
              changed: { text: other },
              effects: [`NoteAdded ${marker}`],
            };
          case 2:
            return {
              question: { ...base, path: `/v1/conversations/${home}/messages`, body: { text: marker } },
              changed: { text: other },
              effects: [`MessageSent ${marker}`, `MessageSendRequested ${marker}`],
            };
          default:
            return {
              question: { ...base, path: '/v1/issues', body: { title: marker } },
              changed: { title: other },
              effects: [`Issue ${marker}`],
            };
        }
      };
      // The line behind the gateway loses answers as well: it was done, and the gateway itself does not know.
      let storming = true;
      const storm = (async () => {
        while (storming && !over.signal.aborted) {
          await pause(1_500 + random() * 1_500);
          api.inner.rule({ kind: 'swallow' });
          await pause(50 + random() * 150);
          api.inner.rule({ kind: 'pass' });
          api.inner.cut();
        }
      })();
      const all = Array.from({ length: writes }, (_, number) => write(number));
      const answers: string[][] = all.map(() => []);
      const bad: unknown[] = [];
      let unanswered = 0;
      let refused = 0;
      const todo = all.entries();
      const worker = async () => {
        for (const [index, { question }] of todo) {
          const asked = { ...question, port: front.port, key: apiKey };
          const given = await Promise.all(Array.from({ length: copies }, () => insist(asked, 90_000, over.signal)));
          for (const answer of given) {
            unanswered += answer.unanswered;
            refused += answer.refused;
            if (answer.status !== 200) bad.push(answer);
            answers[index]!.push(JSON.stringify(answer.body));
          }
        }
      };
      await Promise.all(Array.from({ length: atOnce }, worker));
      storming = false;
      await storm;
      const swallowed = front.swallowed() + api.inner.swallowed();
      console.info(
        `${writes * copies} answers; ${unanswered} tries unanswered, ${refused} refused, ${swallowed} lines swallowed`,
      );
      expect(bad).toEqual([]);
      expect(front.swallowed()).toBeGreaterThan(writes);
      for (const copies of answers) if (new Set(copies).size > 1) console.info([...new Set(copies)].join('\n'));
      const wanted = all.flatMap(({ effects: own }) => own);
      expect(judgeEffects(wanted, await effectsOf(world, 'w'), answers)).toEqual(onceEach);

      const statuses = new Map<string, number>();
      for (const { question, changed } of all) {
        const answer = await insist(direct({ ...question, body: changed }));
        const name = `${answer.status} ${answer.body['reason']}`;
        statuses.set(name, (statuses.get(name) ?? 0) + 1);
      }
      expect([...statuses]).toEqual([['422 IDEMPOTENCY_KEY_REUSED', writes]]);
      expect(judgeEffects(wanted, await effectsOf(world, 'w'))).toEqual(onceEach);
    },
    long ? 3_600_000 : 240_000,
  );

  it('the checker counts the copies of a caller who names no key', async () => {
    const path = '/v1/conversations';
    const body = create('#k1#', 'k1@x.example');
    await Promise.all(Array.from({ length: 5 }, () => ask(direct({ method: 'POST', path, body }))));
    expect(judgeEffects(['ConversationOpened #k1#'], await effectsOf(world, 'k'))).toEqual({
      ...onceEach,
      repeated: 1,
    });
  });
});

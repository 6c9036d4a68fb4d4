import { join } from 'node:path';
import type { IncomingEvent } from '@throughline/bus';
import { encodeEvent } from '@throughline/bus';
import { conversationV1 as conversation, slaV1 } from '@throughline/proto';
import { createClient } from '@throughline/rpc';
import { eventually } from '@throughline/testing';
import { freePort } from '../src/free-port';
import { infra, long } from '../src/infra';
import { chooseSeed, randomFrom } from '../src/seed';
import type { Expected, Fired } from '../src/timer-judge';
import { allWell, judgeTimers } from '../src/timer-judge';
import type { Member, World } from '../src/world';
import { openWorld, pause, TENANT } from '../src/world';

const clocks = long ? 50_000 : 2_000;
const promises = 100;
const kills = long ? 50 : 5;
// A killed process' share of the timers is free after its lease; targets lie on both sides of that.
const killEveryMs = long ? 6_000 : 4_000;
const spreadMs = kills * killEveryMs;
const firstDueMs = long ? 120_000 : 20_000;
const fiveMinutes = 300_000;

const percentile = (values: number[], p: number): number =>
  [...values].sort((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * p))] ?? 0;

describe('no timer is lost, early or doubled (P7)', () => {
  let world: World;
  beforeAll(async () => {
    world = await openWorld(infra());
  }, 30_000);
  afterAll(() => world?.close(), 30_000);

  const sequences = new Map<string, number>();
  const record = (id: string, type: string, at: number, data: Uint8Array) => {
    const seq = (sequences.get(id) ?? 0) + 1;
    sequences.set(id, seq);
    return {
      topic: 'conversation.conversations.v1',
      key: `${TENANT}/${id}`,
      value: encodeEvent({
        id: `${id}/${seq}`,
        source: 'throughline/conversation',
        type: `throughline.conversation.v1.${type}`,
        subject: id,
        time: new Date(at),
        recordedAt: new Date(at),
        tenantId: TENANT,
        conversationId: id,
        data,
      }),
    };
  };
  const opened = (id: string, at: number, seconds: number) =>
    record(
      id,
      'ConversationOpened',
      at,
      conversation.ConversationOpened.encode(
        conversation.ConversationOpened.fromPartial({ conversationId: id, channel: 'email', topic: `s${seconds}` }),
      ).finish(),
    );
  const moved = (id: string, at: number, to: conversation.ConversationState) =>
    record(
      id,
      'ConversationStateChanged',
      at,
      conversation.ConversationStateChanged.encode(
        conversation.ConversationStateChanged.fromPartial({ conversationId: id, to }),
      ).finish(),
    );

  const seen: Fired[] = [];
  const take = ({ type, id: eventId, data, subject }: IncomingEvent) => {
    const name = type.split('.').pop()!;
    const seenAt = Date.now();
    if (name === 'ClockBreached' || name === 'PromiseBroken') seen.push({ id: subject, eventId, seenAt });
    const withdrawn =
      (name === 'ClockStopped' && slaV1.ClockStopped.decode(data).breachWithdrawn) ||
      (name === 'ClockPaused' && slaV1.ClockPaused.decode(data).breachWithdrawn);
    if (withdrawn) seen.push({ id: subject, eventId, seenAt, takenBack: true });
  };

  it(
    `${clocks} clocks and ${promises} promises, ${kills} kills, process clocks five minutes off`,
    async () => {
      const random = randomFrom(chooseSeed());
      world.bus.consume({
        group: 'outside',
        topics: ['sla.clocks.v1', 'sla.promises.v1'],
        deadLetters: { load: async () => [], park: async () => {}, unpark: async () => {} },
        handle: async (deliveries) => {
          for (const { event } of deliveries) take(event);
        },
      });
      const [port, ops] = [await freePort(), await freePort()];
      const first = world.start('sla', '', { GRPC_PORT: String(port), OPS_PORT: String(ops) });
      await eventually('the first process', async () => (await fetch(`http://127.0.0.1:${ops}/readyz`)).ok, 60_000);
      const client = createClient(slaV1.SlaServiceService, `127.0.0.1:${port}`, {
        caller: world.callerToken,
        deadlineMs: 30_000,
      });
      // Some are due while processes die, some when that has been over for longer than a lease.
      const lengths = [
        ...Array.from({ length: 16 }, (_, i) => firstDueMs + (i * spreadMs) / 16),
        ...Array.from({ length: 4 }, (_, i) => firstDueMs + spreadMs + 20_000 + i * 2_000),
      ].map((ms) => Math.floor(ms / 1000));
      for (const [order, seconds] of lengths.entries()) {
        await client.createSlaPolicy(
          slaV1.CreateSlaPolicyRequest.fromPartial({
            policyId: `p${seconds}`,
            order,
            conditions: [{ field: 'topic', anyOf: [`s${seconds}`] }],
            targets: [{ metric: slaV1.Metric.TIME_TO_SOLVE, targetSeconds: seconds }],
          }),
        );
      }
      await pause(1_100);

      const expected: Expected[] = [];
      const plain = new Map<string, number>();
      const later: { id: string; at: number; left: number; kind: 'resume' | 'solve' }[] = [];
      const begun = Date.now();
      for (let from = 0; from < clocks; from += 500) {
        const batch = [];
        for (let i = from; i < Math.min(from + 500, clocks); i++) {
          const id = `c${i}`;
          const seconds = lengths[Math.floor(random() * lengths.length)]!;
          const at = Date.now();
          batch.push(opened(id, at, seconds));
          const clockId = `${id}-time_to_solve-1`;
          const kind = random();
          if (kind < 0.6) {
            expected.push({ id: clockId, dueAt: at + seconds * 1000 });
            plain.set(clockId, at + seconds * 1000);
          } else if (kind < 0.8) {
            batch.push(moved(id, at + 1_000, conversation.ConversationState.PENDING));
            later.push({ id, at: begun + seconds * 500, left: (seconds - 1) * 1000, kind: 'resume' });
          } else later.push({ id, at: begun + seconds * 500, left: 0, kind: 'solve' });
        }
        await world.bus.producer.publish(batch);
      }
      for (let i = 0; i < promises; i++) {
        const dueAt = Date.now() + firstDueMs + Math.floor(random() * spreadMs);
        const { promise } = await client.makePromise(
          slaV1.MakePromiseRequest.fromPartial({
            conversationId: `c${i}`,
            what: 'call back',
            promiserKind: slaV1.PromiserKind.AGENT,
            promiserId: 'agent-1',
            dueAt: new Date(dueAt),
          }),
        );
        expected.push({ id: promise!.id, dueAt });
        plain.set(promise!.id, dueAt);
      }
      client.close();
      await eventually(
        'every opening is taken',
        async () => (await world.bus.admin.lag('sla', ['conversation.conversations.v1'])) === 0,
        120_000,
      );

      const skew = join(__dirname, '..', 'src', 'skew.cjs');
      const start = (ms: number): Member =>
        world.start('sla', '', { NODE_OPTIONS: `--require ${skew}`, SKEW_MS: String(ms) });
      const running = [start(fiveMinutes), start(-fiveMinutes)];
      await first.kill();
      const end = Date.now() + spreadMs;
      later.sort((a, b) => a.at - b.at);
      const publishLater = async () => {
        while (later.length > 0) {
          const due = later.splice(0, 50);
          await pause(Math.max(0, due[0]!.at - Date.now()));
          const at = Date.now();
          await world.bus.producer.publish(
            due.map(({ id, kind }) =>
              moved(id, at, conversation.ConversationState[kind === 'resume' ? 'OPEN' : 'SOLVED']),
            ),
          );
          for (const { id, left, kind } of due) {
            expected.push({ id: `${id}-time_to_solve-1`, dueAt: kind === 'resume' ? at + left : undefined });
          }
        }
      };
      const publishing = publishLater();
      for (let i = 0; i < kills; i++) {
        await pause(killEveryMs);
        const victim = i % 2;
        await running[victim]!.kill();
        running[victim] = start(random() < 0.5 ? fiveMinutes : -fiveMinutes);
      }
      const lastKill = Date.now();
      await publishing;
      const last = Math.max(end, ...expected.map(({ dueAt }) => dueAt ?? 0));
      await pause(Math.max(0, last - Date.now()));
      await eventually(
        'everything is fired',
        async () => {
          const { lost, wrong } = judgeTimers(expected, seen);
          return lost.length + wrong.length === 0;
        },
        60_000,
      ).catch(() => undefined);

      const latenessOf = (wanted: (dueAt: number) => boolean) =>
        seen.flatMap(({ id, seenAt }) => {
          const dueAt = plain.get(id);
          return dueAt !== undefined && wanted(dueAt) ? [seenAt - dueAt] : [];
        });
      const calm = latenessOf((dueAt) => dueAt > lastKill + 15_000);
      const all = latenessOf(() => true);
      const told = `at most ${Math.max(...all)} ms late, once calm p50 ${percentile(calm, 0.5)} and p99 ${percentile(calm, 0.99)} ms`;
      console.info(`${expected.length} timers, ${kills} kills: ${told}`);
      expect(judgeTimers(expected, seen)).toEqual(allWell);
      expect(expected).toHaveLength(clocks + promises);
      expect(calm.length).toBeGreaterThan(clocks / 20);
      expect(percentile(calm, 0.99)).toBeLessThan(2_000);
      // A lease and a round, and what a busy machine adds.
      expect(Math.max(...all)).toBeLessThan(20_000);
    },
    long ? 1_800_000 : 240_000,
  );
});
